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

import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.aot.AbstractAotProcessor;
import org.springframework.context.support.DefaultLifecycleProcessor;
import org.springframework.core.SpringProperties;
import org.springframework.core.env.PropertySource;
import org.springframework.util.ClassUtils;

/**
 * Which contexts take their own lock.
 */
final class LockScope {

	/**
	 * The name of the property source that marks the bootstrap context of Spring Cloud,
	 * what that source always has, and what adds it. Others may have a source of that
	 * name, and need their lock.
	 */
	private static final String BOOTSTRAP = "bootstrap";

	private static final String BOOTSTRAP_HAS = "spring.config.name";

	private static final String BOOTSTRAP_IS_FROM = "org.springframework.cloud.bootstrap.BootstrapApplicationListener";

	/**
	 * What is on the stack of a test, including the launchers of test frameworks: a test
	 * may create a context without Spring's help.
	 */
	private static final String[] TESTS = { "org.springframework.boot.test.", "org.springframework.test.", "org.junit.",
			"org.testng." };

	private LockScope() {
	}

	/**
	 * Returns whether a context runs without a lock of its own: it does no work, or its
	 * parent has the lock.
	 */
	static boolean needsNone(ConfigurableApplicationContext context) {
		return Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING)
				|| isOnRefresh(DefaultLifecycleProcessor.EXIT_PROPERTY_NAME) || isBootstrap(context)
				|| hasLock(context.getParent());
	}

	private static boolean isBootstrap(ConfigurableApplicationContext context) {
		PropertySource<?> source = context.getEnvironment().getPropertySources().get(BOOTSTRAP);
		return source != null && source.containsProperty(BOOTSTRAP_HAS)
				&& ClassUtils.isPresent(BOOTSTRAP_IS_FROM, context.getClassLoader());
	}

	private static boolean hasLock(@Nullable ApplicationContext parent) {
		return parent != null && parent.containsBean(ContextLocks.BEAN_NAME);
	}

	/**
	 * Returns whether the process is to be frozen at the end of the refresh. A lock does
	 * not outlive that.
	 */
	static boolean isCheckpointRun() {
		return isOnRefresh(DefaultLifecycleProcessor.CHECKPOINT_PROPERTY_NAME);
	}

	private static boolean isOnRefresh(String property) {
		return DefaultLifecycleProcessor.ON_REFRESH_VALUE.equalsIgnoreCase(SpringProperties.getProperty(property));
	}

	/**
	 * Returns whether a test is on the stack. Slow.
	 */
	static boolean isTest() {
		return StackWalker.getInstance()
			.walk((frames) -> frames.map(StackWalker.StackFrame::getClassName)
				.anyMatch((name) -> Stream.of(TESTS).anyMatch(name::startsWith)));
	}

}
