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

import java.io.Serial;
import java.time.Duration;

import io.github.lockfile.LockFileException;
import io.github.lockfile.LockFileHeldException;
import io.github.lockfile.spring.boot.failure.ExitCodes;
import io.github.lockfile.spring.boot.failure.StartRefusedException;

/**
 * The lock file is held by somebody else, or cannot be used.
 */
final class LockFileNotAcquiredException extends StartRefusedException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception.
	 * @param cause what the last attempt found
	 * @param waited how long it was waited for; zero if it was not
	 * @param defaultPath whether the path was chosen by the starter
	 */
	LockFileNotAcquiredException(LockFileException cause, Duration waited, boolean defaultPath) {
		super(String.valueOf(cause.getMessage()), RefusalText.description(cause, waited, defaultPath),
				RefusalText.remedy(cause, waited),
				(cause instanceof LockFileHeldException) ? ExitCodes.NOT_THE_ONLY_INSTANCE : ExitCodes.UNUSABLE_PATH,
				cause);
	}

}
