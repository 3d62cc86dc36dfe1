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

import java.time.Instant;

/**
 * What {@link LockFile#verify()} found.
 *
 * @param status the state of the lock
 * @param reason a sentence on what was found, for people; empty if all was well
 * @param verifiedAt when the verification ended
 * @since 0.1.0
 */
public record Verification(Status status, String reason, Instant verifiedAt) {

	/**
	 * The state of a lock.
	 */
	public enum Status {

		/**
		 * The path names our file, and its lock is ours.
		 */
		HELD,

		/**
		 * The file was missing, replaced, changed or of no use any more. It is back, and
		 * its lock is ours.
		 */
		RESTORED,

		/**
		 * It could not be told whether the lock is held. Nothing says that it is lost,
		 * and the next verification may tell.
		 */
		UNVERIFIED,

		/**
		 * Another holder has the lock. This is for good.
		 */
		LOST,

		/**
		 * The lock was released by {@link LockFile#close()}.
		 */
		RELEASED

	}

}
