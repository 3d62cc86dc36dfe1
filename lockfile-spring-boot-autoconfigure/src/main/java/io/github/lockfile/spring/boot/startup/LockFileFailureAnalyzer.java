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

import io.github.lockfile.LockFileException;
import io.github.lockfile.LockFileHeldException;
import io.github.lockfile.LockFileUnavailableException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains a lock file that another instance holds, and a path that cannot be used.
 */
final class LockFileFailureAnalyzer extends AbstractFailureAnalyzer<LockFileException> {

	private static final String OF_ITS_OWN = "give this one its own lock file with 'lockfile.path'.";

	private static final String NATIVE = "Run Java 22 or later on Linux with '--enable-native-access=ALL-UNNAMED', or add "
			+ "'Enable-Native-Access: ALL-UNNAMED' to the manifest of the application's jar. To run without a native lock, "
			+ "set 'lockfile.native=auto'.";

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, LockFileException cause) {
		LockFileNotAcquiredException start = findCause(rootFailure, LockFileNotAcquiredException.class);
		if (cause instanceof LockFileHeldException held) {
			return new FailureAnalysis(held(held, start), remedy(held, start), cause);
		}
		if (cause instanceof LockFileUnavailableException unavailable) {
			boolean required = unavailable.reason().startsWith("a native lock is required");
			return new FailureAnalysis(
					"The lock file '%s' cannot be used: %s.".formatted(cause.path(), unavailable.reason()),
					required ? NATIVE
							: "Set 'lockfile.path' to a file that this user can create and write, or fix this one.",
					cause);
		}
		return null;
	}

	private static String held(LockFileHeldException held, @Nullable LockFileNotAcquiredException start) {
		if (!held.holderProcess().isEmpty()) {
			return "Another program holds the lock file '%s': %s.".formatted(held.path(), held.holderProcess());
		}
		StringBuilder text = new StringBuilder("Another instance%s holds the lock file '%s'. The file says%s".formatted(
				held.heldByThisJvm() ? " in this JVM" : "", held.path(),
				held.holderContent().isEmpty() ? " nothing." : ": " + held.holderContent()));
		if (!held.heldByThisJvm() && !held.holderContent().isEmpty()) {
			// Of a holder that records nothing, or its process ID may be an innocent's.
			text.append(" (possibly from an earlier instance)");
		}
		if (start != null && !start.waited().isZero()) {
			text.append("%n%nThis instance gave up after waiting %s.".formatted(Durations.format(start.waited())));
		}
		if (start != null && start.isDefaultPath()) {
			text.append(
					"%n%nThis path is derived from the name of this application. Another application of the same name "
						.formatted() + "may hold it.");
		}
		return text.toString();
	}

	private static String remedy(LockFileHeldException held, @Nullable LockFileNotAcquiredException start) {
		if (held.heldByThisJvm()) {
			return "Close the other application context first, or " + OF_ITS_OWN
					+ " In tests, annotate the class that takes the lock with '@DirtiesContext'.";
		}
		if (start != null && !start.waited().isZero()) {
			return "Stop that instance, or " + OF_ITS_OWN;
		}
		return "Stop that instance, wait for it with 'lockfile.timeout', or " + OF_ITS_OWN;
	}

}
