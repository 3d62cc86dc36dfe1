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

import io.github.lockfile.spring.boot.failure.StartRefusedException;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Keeps a context from running that asked for a lock and has none, before its beans are
 * created. It looks whether there is a lock; it does not decide again whether to take
 * one.
 *
 * @since 0.1.0
 */
public final class LockRequiredPostProcessor implements BeanFactoryPostProcessor {

	private final ConfigurableApplicationContext context;

	/**
	 * Creates a post-processor.
	 * @param context the context to look at
	 */
	public LockRequiredPostProcessor(ConfigurableApplicationContext context) {
		this.context = context;
	}

	/**
	 * Does nothing if there is a lock.
	 * @throws StartRefusedException if there is none, {@code lockfile.enabled} is not
	 * false, and this is neither a test nor a run that takes no lock
	 */
	@Override
	public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
		if (beanFactory.containsBean(ContextLocks.BEAN_NAME) || LockScope.needsNone(this.context)
				|| !LockFilePropertiesBinder.bind(Binder.get(this.context.getEnvironment())).isEnabled()
				|| LockScope.isTest()) {
			return;
		}
		throw new StartRefusedException(
				"'lockfile.enabled' asks for a lock, but none has been taken. The context was not "
						+ "started by a 'SpringApplication' with its usual listeners.",
				"Start the application with 'SpringApplication.run', keep the listeners of 'META-INF/spring.factories', "
						+ "or set 'lockfile.enabled=false'.");
	}

}
