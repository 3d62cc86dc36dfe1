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

/**
 * The exit codes of Lockfile: those of {@code sysexits.h}, and 1, with which every other
 * failed start ends. They stay as they are from 0.1.0 on.
 *
 * @since 0.1.0
 */
public final class ExitCodes {

	/**
	 * Another instance holds the lock, or this one has lost it: EX_TEMPFAIL.
	 */
	public static final int NOT_THE_ONLY_INSTANCE = 75;

	/**
	 * The path cannot be used as a lock file: EX_CANTCREAT.
	 */
	public static final int UNUSABLE_PATH = 73;

	/**
	 * The database of the cluster lock cannot be reached or cannot guard it:
	 * EX_UNAVAILABLE.
	 */
	public static final int UNUSABLE_DATABASE = 69;

	/**
	 * The configuration is wrong. It is the code of every other failed start.
	 */
	public static final int WRONG_CONFIGURATION = 1;

	private ExitCodes() {
	}

}
