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
import io.github.lockfile.spring.boot.watch.LockFileWatch;

import org.springframework.boot.ExitCodeGenerator;

/**
 * Ends the startup with an exit code from {@code sysexits.h}.
 */
final class LockFileNotAcquiredException extends RuntimeException implements ExitCodeGenerator {

	/**
	 * A file that cannot be created: EX_CANTCREAT.
	 */
	static final int UNAVAILABLE = 73;

	@Serial
	private static final long serialVersionUID = 1L;

	private final int exitCode;

	/**
	 * How long it was waited for.
	 */
	private final Duration waited;

	/**
	 * Whether the path was chosen by the starter.
	 */
	private final boolean defaultPath;

	LockFileNotAcquiredException(LockFileException cause, Duration waited, boolean defaultPath) {
		super(cause.getMessage(), cause);
		this.exitCode = (cause instanceof LockFileHeldException) ? LockFileWatch.EXIT_CODE : UNAVAILABLE;
		this.waited = waited;
		this.defaultPath = defaultPath;
	}

	@Override
	public int getExitCode() {
		return this.exitCode;
	}

	Duration waited() {
		return this.waited;
	}

	boolean isDefaultPath() {
		return this.defaultPath;
	}

}
