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

package io.github.lockfile.spring.boot.autoconfigure;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

import io.github.lockfile.ContentTemplate;
import io.github.lockfile.LockFile;
import io.github.lockfile.LockFileException;
import io.github.lockfile.LockFileHeldException;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.DefaultSingletonBeanRegistry;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.event.ApplicationContextInitializedEvent;
import org.springframework.boot.context.event.ApplicationFailedEvent;
import org.springframework.boot.context.event.SpringApplicationEvent;
import org.springframework.boot.context.logging.LoggingApplicationListener;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.aot.AbstractAotProcessor;
import org.springframework.context.support.DefaultLifecycleProcessor;
import org.springframework.core.Ordered;
import org.springframework.core.SpringProperties;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.util.StringUtils;

/**
 * Takes the lock before any bean is defined, and has it released after the last one is
 * destroyed.
 */
final class LockFileApplicationListener implements ApplicationListener<SpringApplicationEvent>, Ordered {

	static final String BEAN_NAME = "lockFile";

	private static final Log logger = LogFactory.getLog(LockFileApplicationListener.class);

	/**
	 * The name of the property source that marks the bootstrap context of Spring Cloud.
	 */
	private static final String BOOTSTRAP = "bootstrap";

	@Override
	public int getOrder() {
		return LoggingApplicationListener.DEFAULT_ORDER + 10;
	}

	@Override
	public void onApplicationEvent(SpringApplicationEvent event) {
		if (event instanceof ApplicationContextInitializedEvent initialized) {
			onInitialized(initialized.getSpringApplication(), initialized.getApplicationContext());
		}
		else if (event instanceof ApplicationFailedEvent failed) {
			onFailed(failed.getApplicationContext());
		}
	}

	private void onInitialized(SpringApplication application, ConfigurableApplicationContext context) {
		ConfigurableEnvironment environment = context.getEnvironment();
		if (isShortLived(environment) || hasLock(context.getParent())) {
			return;
		}
		LockFileProperties properties = Binder.get(environment).bindOrCreate("lockfile", LockFileProperties.class);
		if (!properties.isEnabled()) {
			return;
		}
		properties.validate();
		register(context.getBeanFactory(), acquire(path(properties, application, environment), properties));
	}

	private static boolean isShortLived(ConfigurableEnvironment environment) {
		return Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING)
				|| DefaultLifecycleProcessor.ON_REFRESH_VALUE
					.equalsIgnoreCase(SpringProperties.getProperty(DefaultLifecycleProcessor.EXIT_PROPERTY_NAME))
				|| environment.getPropertySources().contains(BOOTSTRAP);
	}

	private static boolean hasLock(@Nullable ApplicationContext parent) {
		return parent != null && parent.containsBean(BEAN_NAME);
	}

	private static Path path(LockFileProperties properties, SpringApplication application,
			ConfigurableEnvironment environment) {
		if (!StringUtils.hasText(properties.getPath())) {
			return defaultPath(application, environment);
		}
		try {
			return Path.of(properties.getPath());
		}
		catch (InvalidPathException ex) {
			throw invalid("path", properties.getPath(), ex);
		}
	}

	private static Path defaultPath(SpringApplication application, ConfigurableEnvironment environment) {
		String name = environment.getProperty("spring.application.name");
		Class<?> mainClass = application.getMainApplicationClass();
		if (!StringUtils.hasText(name)) {
			if (mainClass == null) {
				throw new InvalidConfigurationPropertyValueException("lockfile.path", null,
						"It has no default, as neither 'spring.application.name' nor the main class is known.");
			}
			name = mainClass.getName();
		}
		// A name is no path: a separator must not lead to another directory, and a letter
		// that the file system's encoding lacks must not end the startup.
		return Path.of(System.getProperty("java.io.tmpdir"), URLEncoder.encode(name, StandardCharsets.UTF_8) + ".lock");
	}

	private static LockFile acquire(Path path, LockFileProperties properties) {
		try {
			return acquireOrWait(path, properties);
		}
		catch (LockFileException ex) {
			throw new LockFileNotAcquiredException(ex);
		}
		catch (IllegalArgumentException ex) {
			throw invalid("content-template", properties.getContentTemplate(), ex);
		}
	}

	private static LockFile acquireOrWait(Path path, LockFileProperties properties) {
		ContentTemplate template = ContentTemplate.of(properties.getContentTemplate());
		try {
			LockFile lock = LockFile.acquire(path, template);
			logger.info("Acquired lock file '%s'".formatted(lock.path()));
			return lock;
		}
		catch (LockFileHeldException ex) {
			if (properties.getTimeout().isZero()) {
				throw ex;
			}
			logger.info("%s; waiting at most %s".formatted(ex.getMessage(),
					properties.getTimeout().toString().substring("PT".length()).toLowerCase(Locale.ROOT)));
			long start = System.nanoTime();
			LockFile lock = LockFile.acquire(path, template, properties.getTimeout());
			logger.info("Acquired lock file '%s' after waiting %d ms".formatted(lock.path(),
					Duration.ofNanos(System.nanoTime() - start).toMillis()));
			return lock;
		}
	}

	private static InvalidConfigurationPropertyValueException invalid(String property, Object value,
			IllegalArgumentException ex) {
		String reason = String.valueOf(ex.getMessage());
		return new InvalidConfigurationPropertyValueException("lockfile." + property, value,
				reason.endsWith(".") ? reason : reason + ".");
	}

	private static void register(ConfigurableListableBeanFactory beanFactory, LockFile lock) {
		// The first to be registered is the last to be destroyed.
		((DefaultSingletonBeanRegistry) beanFactory).registerDisposableBean(BEAN_NAME, lock::close);
		beanFactory.registerSingleton(BEAN_NAME, lock);
	}

	private static void onFailed(@Nullable ConfigurableApplicationContext context) {
		// An active context is closed after this, and its beans still need the lock.
		if (context != null && !context.isActive()
				&& context.getBeanFactory().getSingleton(BEAN_NAME) instanceof LockFile lock) {
			lock.close();
		}
	}

}
