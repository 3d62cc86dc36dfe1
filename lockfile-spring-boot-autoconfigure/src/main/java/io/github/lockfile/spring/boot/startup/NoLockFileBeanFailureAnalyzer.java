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

import io.github.lockfile.LockFile;
import io.github.lockfile.spring.boot.watch.LockFileWatch;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Explains why there is no lock to inject. Comes before Boot's own analyzer, which
 * suggests defining a bean of that type.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class NoLockFileBeanFailureAnalyzer extends AbstractFailureAnalyzer<NoSuchBeanDefinitionException> {

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, NoSuchBeanDefinitionException cause) {
		Class<?> type = cause.getBeanType();
		if ((type != LockFile.class && type != LockFileWatch.class)
				|| cause instanceof NoUniqueBeanDefinitionException) {
			return null;
		}
		return new FailureAnalysis(
				"There is no bean of type '%s', because this application context takes no lock."
					.formatted(type.getName()),
				"In a test, set 'lockfile.enabled=true' in its properties. Elsewhere, check that 'lockfile.enabled' "
						+ "is not 'false', or inject an 'ObjectProvider' if the application also runs without a lock.",
				cause);
	}

}
