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

/**
 * A lock file could not be acquired because somebody else holds it. Nothing of the
 * holder's has changed: neither its lock nor its file.
 *
 * @since 0.1.0
 */
public final class LockFileHeldException extends LockFileException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * What the holder recorded.
	 */
	private final String holderContent;

	/**
	 * Whether the holder is in this JVM.
	 */
	private final boolean heldByThisJvm;

	/**
	 * Which process it is, if it is not an instance.
	 */
	private final String holderProcess;

	LockFileHeldException(Path path, String message, String holderContent, boolean heldByThisJvm,
			String holderProcess) {
		super(path, message, null);
		this.holderContent = holderContent;
		this.heldByThisJvm = heldByThisJvm;
		this.holderProcess = LockRecord.clean(holderProcess);
	}

	/**
	 * Returns what the file says, at most its first 8 KiB, without white space at its
	 * ends and with a space for each control character, so that it can be printed as one
	 * line. It is for people: it may come from an earlier instance if the holder records
	 * nothing or is about to write.
	 * @return the content; empty if there is none or it cannot be read
	 */
	public String holderContent() {
		return this.holderContent;
	}

	/**
	 * Returns whether the holder is in this JVM, rather than in another process.
	 * @return {@code true} if this JVM holds the lock
	 */
	public boolean heldByThisJvm() {
		return this.heldByThisJvm;
	}

	/**
	 * Returns which program keeps a native lock out with {@code flock(2)}, for people.
	 * The content is not that program's then.
	 * @return the process, as far as the kernel says; empty if the lock is held otherwise
	 */
	public String holderProcess() {
		return this.holderProcess;
	}

}
