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
		// ApplicationPidFileWriter comes before, since writing to the file drops the
		// lock.
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
		if (!properties.isEnabled()) {
			return;
		}
		boolean clustered = LockFilePropertiesBinder.isClusterEnabled(binder);
		LockFilePropertiesBinder.refuseRepeatedOptions(args);
		properties.validate();
		if (clustered) {
			ClusterLocation.validate(binder, environment);
			LockFilePropertiesBinder.register(context, LockFilePropertiesBinder.PREFIX + ".cluster",
					ClusterLock.validate(environment));
		}
		Duration shutdownTimeout = (properties.getOnLost() == LockFileProperties.OnLost.SHUTDOWN)
				? LockFilePropertiesBinder.shutdownTimeout(properties, binder) : null;
		LockLocation location = LockLocation.of(properties, application, environment);
		boolean named = !location.isDefault() || ApplicationName.configured(environment) != null;
		ContextLocks locks = new ContextLocks(context, new WaitingAcquirer(location, named, properties),
				properties.getVerifyInterval(), shutdownTimeout, clustered);
		locks.register();
		if (LockScope.isCheckpointRun()) {
			context.getBeanFactory().registerSingleton(LockAfterRestore.BEAN_NAME, new LockAfterRestore(locks));
		}
		else {
			locks.acquire();
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
		ContextLocks locks = locks(context);
		if (locks != null) {
			locks.verifyNow();
		}
	}

	private static void onFailed(@Nullable ConfigurableApplicationContext context) {
		// An active context is closed after this, and its beans still need the lock.
		ContextLocks locks = (context != null && !context.isActive()) ? locks(context) : null;
		if (locks != null) {
			locks.release();
		}
	}

	private static @Nullable ContextLocks locks(ConfigurableApplicationContext context) {
		// A bean factory would find those of a parent, too, which has its own events.
		return (ContextLocks) context.getBeanFactory().getSingleton(ContextLocks.BEAN_NAME);
	}

}
