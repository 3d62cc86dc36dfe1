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

import io.github.lockfile.LockFileHeldException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains a lock file that another instance holds.
 */
final class LockFileHeldFailureAnalyzer extends AbstractFailureAnalyzer<LockFileHeldException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, LockFileHeldException cause) {
		String description = "Another instance%s holds the lock file '%s'. It recorded%s".formatted(
				cause.heldByThisJvm() ? " in this JVM" : "", cause.path(),
				cause.holderContent().isEmpty() ? " nothing." : ": " + cause.holderContent());
		return new FailureAnalysis(description,
				"Stop that instance, or wait for it with 'lockfile.timeout', or give this one a lock file of its own "
						+ "with 'lockfile.path'.",
				cause);
	}

}
