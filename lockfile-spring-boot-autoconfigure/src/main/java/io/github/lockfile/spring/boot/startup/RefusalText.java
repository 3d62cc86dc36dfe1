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

import io.github.lockfile.LockFileException;
import io.github.lockfile.LockFileHeldException;
import io.github.lockfile.LockFileUnavailableException;

/**
 * What a user reads who is refused because of the lock file.
 */
final class RefusalText {

	private static final String OF_ITS_OWN = "give this one its own lock file with 'lockfile.path'.";

	private static final String NATIVE = "Run Java 22 or later on Linux with '--enable-native-access=ALL-UNNAMED', or add "
			+ "'Enable-Native-Access: ALL-UNNAMED' to the manifest of the application's jar. To run without a native lock, "
			+ "set 'lockfile.native=auto'.";

	private RefusalText() {
	}

	static String description(LockFileException failure, Duration waited, boolean defaultPath) {
		if (failure instanceof LockFileHeldException held) {
			return held(held, waited, defaultPath);
		}
		String reason = (failure instanceof LockFileUnavailableException unavailable) ? unavailable.reason()
				: String.valueOf(failure.getMessage());
		return "The lock file '%s' cannot be used: %s.".formatted(failure.path(), reason);
	}

	private static String held(LockFileHeldException held, Duration waited, boolean defaultPath) {
		if (!held.holderProcess().isEmpty()) {
			return "Another program holds the lock file '%s': %s.".formatted(held.path(), held.holderProcess());
		}
		StringBuilder text = new StringBuilder("Another instance%s holds the lock file '%s'. The file says%s".formatted(
				held.heldByThisJvm() ? " in this JVM" : "", held.path(),
				held.holderContent().isEmpty() ? " nothing." : ": " + held.holderContent()));
		if (!held.heldByThisJvm() && !held.holderContent().isEmpty()) {
			// A holder that records nothing leaves what an earlier one recorded, and its
			// process ID may be that of a process that has nothing to do with it.
			text.append(" (possibly from an earlier instance)");
		}
		if (!waited.isZero()) {
			text.append("%n%nThis instance gave up after waiting %s.".formatted(Durations.format(waited)));
		}
		if (defaultPath) {
			text.append(
					"%n%nThis path is derived from the name of this application. Another application of the same name "
						.formatted() + "may hold it.");
		}
		return text.toString();
	}

	static String remedy(LockFileException failure, Duration waited) {
		if (failure instanceof LockFileUnavailableException unavailable) {
			return unavailable.isNativeLockMissing() ? NATIVE
					: "Set 'lockfile.path' to a file that this user can create and write, or fix this one.";
		}
		if (failure instanceof LockFileHeldException held && held.heldByThisJvm()) {
			return "Close the other application context first, or " + OF_ITS_OWN
					+ " In tests, annotate the class that takes the lock with '@DirtiesContext'.";
		}
		return waited.isZero() ? "Stop that instance, wait for it with 'lockfile.timeout', or " + OF_ITS_OWN
				: "Stop that instance, or " + OF_ITS_OWN;
	}

}
