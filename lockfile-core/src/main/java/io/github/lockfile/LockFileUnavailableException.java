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

import io.github.lockfile.LockBackend.Unusable;

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
	 * Whether a native lock is required and cannot be had.
	 */
	private final boolean nativeLockMissing;

	LockFileUnavailableException(Path path, Unusable unusable) {
		super(path, "cannot be used: " + unusable.reason(), unusable.cause());
		this.reason = LockRecord.clean(unusable.reason());
		this.passing = unusable.passing();
		this.nativeLockMissing = unusable.nativeLockMissing();
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
	 * Returns whether the path cannot be used only because {@link NativeLocking#REQUIRED
	 * a native lock is required} and cannot be had here. {@link #reason()} says why.
	 * @return {@code true} if {@link NativeLocking#AUTO} may succeed
	 */
	public boolean isNativeLockMissing() {
		return this.nativeLockMissing;
	}

}
