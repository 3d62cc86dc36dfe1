/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile.spring.boot.startup;

import java.time.Duration;

import io.github.lockfile.spring.boot.cluster.ClusterLock;
import io.github.lockfile.spring.boot.failure.StartRefusedException;
import io.github.lockfile.spring.boot.watch.LiveLock;
import io.github.lockfile.spring.boot.watch.LockFileWatch;
import io.github.lockfile.spring.boot.watch.WatchSettings;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.context.event.ApplicationContextInitializedEvent;
import org.springframework.boot.context.event.ApplicationFailedEvent;
import org.springframework.boot.context.event.ApplicationPreparedEvent;
import org.springframework.boot.context.event.SpringApplicationEvent;
import org.springframework.boot.context.logging.LoggingApplicationListener;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Decides once, before any bean is defined, whether the application takes the lock, and
 * takes it.
 */
final class LockFileApplicationListener implements ApplicationListener<SpringApplicationEvent>, Ordered {

	@Override
	public int getOrder() {
		// After ApplicationPidFileWriter, too, which may drop the lock.
		return LoggingApplicationListener.DEFAULT_ORDER + 10;
	}

	@Override
	public void onApplicationEvent(SpringApplicationEvent event) {
		if (event instanceof ApplicationContextInitializedEvent initialized) {
			onInitialized(initialized.getSpringApplication(), initialized.getArgs(),
					initialized.getApplicationContext());
		}
		else if (event instanceof ApplicationPreparedEvent prepared) {
			onPrepared(prepared.getApplicationContext());
		}
		else if (event instanceof ApplicationFailedEvent failed) {
			onFailed(failed.getApplicationContext());
		}
	}

	private static void onInitialized(SpringApplication application, String[] args,
			ConfigurableApplicationContext context) {
		requireSpringBoot4(SpringBootVersion.getVersion());
		if (LockScope.needsNone(context)) {
			return;
		}
		ConfigurableEnvironment environment = context.getEnvironment();
		Binder binder = Binder.get(environment);
		LockFileProperties properties = LockFilePropertiesBinder.bind(binder);
		LockFilePropertiesBinder.register(context, LockFilePropertiesBinder.PREFIX, properties);
		context.addBeanFactoryPostProcessor(new LateConfiguration(environment, properties));
		boolean clustered = properties.isEnabled() && LockFilePropertiesBinder.isClusterEnabled(binder);
		if (!properties.isEnabled()) {
			return;
		}
		LockFilePropertiesBinder.refuseRepeatedOptions(args);
		properties.validate();
		if (clustered) {
			ClusterLocation.validate(binder, environment);
			LockFilePropertiesBinder.register(context, LockFilePropertiesBinder.PREFIX + ".cluster",
					ClusterLock.validate(environment));
		}
		boolean shutdownOnLost = properties.getOnLost() == LockFileProperties.OnLost.SHUTDOWN;
		HostLock lock = new HostLock(context,
				new LockAcquirer(LockLocation.of(properties, application, environment), properties),
				new WatchSettings(properties.getVerifyInterval(), shutdownOnLost,
						shutdownOnLost ? LockFilePropertiesBinder.shutdownTimeout(properties, binder) : Duration.ZERO,
						!WarDeployment.isIn(context)),
				clustered);
		lock.register();
		if (LockScope.isCheckpointRun()) {
			context.getBeanFactory().registerSingleton(LockAfterRestore.BEAN_NAME, new LockAfterRestore(lock));
		}
		else {
			lock.takeAtStart();
		}
	}

	/**
	 * Refuses a Spring Boot on which health and metrics would be missing without a word.
	 */
	static void requireSpringBoot4(@Nullable String version) {
		if (version != null && version.matches("[0-3]\\..*")) {
			throw new StartRefusedException(
					"Lockfile needs Spring Boot 4.0 or later, but this is Spring Boot %s.".formatted(version),
					"Upgrade Spring Boot, or remove the dependency 'lockfile-spring-boot-starter'.");
		}
	}

	private static void onPrepared(ConfigurableApplicationContext context) {
		LockFileWatch watch = live(context).get();
		if (watch != null) {
			watch.verifyNow();
		}
	}

	private static void onFailed(@Nullable ConfigurableApplicationContext context) {
		// An active context is closed after this, and its beans still need the lock.
		if (context != null && !context.isActive()) {
			live(context).release();
		}
	}

	private static LiveLock live(ConfigurableApplicationContext context) {
		return (context.getBeanFactory().getSingleton(LiveLock.BEAN_NAME) instanceof LiveLock live) ? live
				: new LiveLock(false);
	}

}
