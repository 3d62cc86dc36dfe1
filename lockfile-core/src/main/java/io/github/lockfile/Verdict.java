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

import io.github.lockfile.Verification.Status;

/**
 * What a verification says. {@link #of} is the one table from facts to verdicts: what a
 * verdict rests on are locks, those that are ours and those that others have.
 *
 * @param reason a sentence for people; empty if all was well
 */
record Verdict(Status status, String reason) {

	/**
	 * Turns facts about the file that is held, or that is to be held in its place, into a
	 * verdict.
	 * @param locks what was found out about its locks
	 * @param repair what was done before that
	 * @param holder who has the lock if it is not ours, for people
	 */
	static Verdict of(Locks locks, Repair repair, String holder) {
		return switch (locks) {
			case OURS ->
				(repair == Repair.NONE) ? new Verdict(Status.HELD, "") : new Verdict(Status.RESTORED, repair.sentence);
			case LOCK_BUSY, HOLDER_SEEN -> new Verdict(Status.LOST, repair.subject + " is held by " + holder);
			case FIRST_BUSY -> doubt("The lock is being taken by another process,"
					+ " or another program has locked the first byte of the file");
			case FLOCK_BUSY -> doubt(repair.subject + " is held by " + holder);
			case THIS_JVM -> doubt("Other code of this JVM has locked the first byte of the file, or all of it");
		};
	}

	static Verdict doubt(String reason) {
		return new Verdict(Status.UNVERIFIED, reason);
	}

	Verdict withNote(String note) {
		return new Verdict(this.status, this.reason + note);
	}

	/**
	 * What is known about the locks of a file after an attempt to take them, for the
	 * first time or again. The essay in {@link OpenFile} says why each is what it is.
	 */
	enum Locks {

		/**
		 * FIRST and LOCK are ours, taken a moment ago.
		 */
		OURS,

		/**
		 * FIRST is busy, and no mark of a holder was seen.
		 */
		FIRST_BUSY,

		/**
		 * FIRST is busy, and somebody has the mark of a holder.
		 */
		HOLDER_SEEN,

		/**
		 * FIRST was ours, and somebody else had LOCK.
		 */
		LOCK_BUSY,

		/**
		 * FIRST and LOCK are ours, and somebody else has the lock of flock(2), which only
		 * a native lock needs.
		 */
		FLOCK_BUSY,

		/**
		 * FIRST or LOCK overlaps with a lock that this JVM has through another
		 * descriptor, and no mark of a holder was seen.
		 */
		THIS_JVM

	}

	/**
	 * What a verification has done to the file before it took FIRST and LOCK again.
	 */
	enum Repair {

		NONE("The lock", ""),

		CONTENT("The lock", "The file had been changed and its content has been written again"),

		MISSING("Another file in its place", "The file was missing and has been created again"),

		REPLACED("Another file in its place", "Another file was in its place and has been locked"),

		REOPENED("The lock", "The file could no longer be used and has been locked again");

		private final String subject;

		private final String sentence;

		Repair(String subject, String sentence) {
			this.subject = subject;
			this.sentence = sentence;
		}

	}

}
