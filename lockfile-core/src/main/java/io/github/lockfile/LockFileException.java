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
 * A lock file could not be acquired.
 *
 * @since 0.1.0
 * @see LockFileHeldException
 * @see LockFileUnavailableException
 */
public abstract sealed class LockFileException extends RuntimeException
		permits LockFileHeldException, LockFileUnavailableException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * Where the lock file is, as text.
	 */
	private final String pathText;

	/**
	 * Null after deserialization. The text alone would lose the bytes of a name that are
	 * not text.
	 */
	private final transient @Nullable Path path;

	LockFileException(Path path, String message, @Nullable Throwable cause) {
		super(LockRecord.clean("Lock file '" + path + "' " + message), cause);
		this.pathText = path.toString();
		this.path = path;
	}

	/**
	 * Returns where the lock file should be.
	 * @return the path as it was asked for, made absolute
	 */
	public final Path path() {
		return (this.path != null) ? this.path : Path.of(this.pathText);
	}

}
