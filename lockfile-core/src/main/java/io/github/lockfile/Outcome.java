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

import io.github.lockfile.Verdict.Locks;

/**
 * What came of an attempt.
 */
sealed interface Outcome {

	/**
	 * The lock is held.
	 *
	 * @param note what could not be restored, as the end of a sentence; empty if nothing
	 * @param doubt what failed after the lock was taken, which only a lock that is taken
	 * again survives; empty if nothing
	 */
	record Acquired(HeldFile file, String note, String doubt) implements Outcome {

	}

	/**
	 * Somebody else has the lock.
	 *
	 * @param locks what was found out about the locks of the file
	 * @param holder who has it and what that one recorded, for people
	 * @param content what that one recorded, or else what the file says
	 * @param byThisJvm whether that is this JVM
	 * @param process which process it is, for people
	 */
	record Refused(Locks locks, String holder, String content, boolean byThisJvm, String process) implements Outcome {

	}

	/**
	 * The path cannot be locked.
	 */
	record Unusable(Obstacle obstacle) implements Outcome {

	}

	/**
	 * The path leads to the very file that is to be taken again.
	 */
	record Unmoved() implements Outcome {

	}

}
