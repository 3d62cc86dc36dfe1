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

package io.github.lockfile.spring.boot.failure;

import java.io.Serial;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.ExitCodeGenerator;

/**
 * Stops an application that would otherwise run without the lock that it asked for. Says
 * what happened and what to do, for the report, and with which code the process ends.
 *
 * @since 0.1.0
 */
public class StartRefusedException extends RuntimeException implements ExitCodeGenerator {

	@Serial
	private static final long serialVersionUID = 1L;

	/** What happened, in sentences. */
	private final String description;

	/** What to do, in sentences. */
	private final String remedy;

	/** The exit code of the process. */
	private final int exitCode;

	/**
	 * Creates an exception for a configuration that is wrong.
	 * @param description what is wrong, in sentences
	 * @param remedy what to do, in sentences
	 */
	public StartRefusedException(String description, String remedy) {
		this(description, description, remedy, ExitCodes.WRONG_CONFIGURATION, null);
	}

	/**
	 * Creates an exception.
	 * @param message what happened, for a stack trace
	 * @param description what happened, in sentences
	 * @param remedy what to do, in sentences
	 * @param exitCode one of {@link ExitCodes}
	 * @param cause the cause; a stack trace shows its message, so it must have no secret
	 */
	protected StartRefusedException(String message, String description, String remedy, int exitCode,
			@Nullable Throwable cause) {
		super(message, cause);
		this.description = description;
		this.remedy = remedy;
		this.exitCode = exitCode;
	}

	/**
	 * Returns what happened.
	 * @return sentences for people
	 */
	public final String description() {
		return this.description;
	}

	/**
	 * Returns what to do.
	 * @return sentences for people
	 */
	public final String remedy() {
		return this.remedy;
	}

	/**
	 * Returns the exit code of the process.
	 * @return one of {@link ExitCodes}
	 */
	@Override
	public final int getExitCode() {
		return this.exitCode;
	}

}
