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

package io.github.lockfile;

import java.io.Serial;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

/**
 * A path cannot be used as a lock file: it is something else, access is denied, the disk
 * is full, the file system has no locks. Nothing is held, and a file that is not a lock
 * file is untouched.
 *
 * @since 0.1.0
 */
public final class LockFileUnavailableException extends LockFileException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * Why the path cannot be used.
	 */
	private final String reason;

	/**
	 * Whether the path may become usable.
	 */
	private final boolean passing;

	/**
	 * Whether only the native lock is missing that was asked for.
	 */
	private final boolean nativeLockMissing;

	LockFileUnavailableException(Path path, String reason, boolean passing, boolean nativeLockMissing,
			@Nullable Throwable cause) {
		super(path, "cannot be used: " + reason, cause);
		this.reason = LockRecord.clean(reason);
		this.passing = passing;
		this.nativeLockMissing = nativeLockMissing;
	}

	/**
	 * Returns why the path cannot be used, as a clause that can follow "because".
	 * @return the reason
	 */
	public String reason() {
		return this.reason;
	}

	/**
	 * Returns whether the path may become usable without being changed, as with a missing
	 * directory, a full disk or an I/O error. An attempt with a timeout goes on until
	 * then.
	 * @return {@code true} if another attempt may succeed
	 */
	public boolean isTransient() {
		return this.passing;
	}

	/**
	 * Returns whether a native lock was {@linkplain NativeLocking#REQUIRED required} and
	 * cannot be had, here or at all. The path may be usable otherwise.
	 * @return {@code true} if the native lock is all that is missing
	 */
	public boolean isNativeLockMissing() {
		return this.nativeLockMissing;
	}

}
