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

import java.util.Arrays;
import java.util.stream.Stream;

import io.github.lockfile.Verdict.Locks;
import io.github.lockfile.Verdict.Repair;
import io.github.lockfile.Verification.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The table from facts about locks to verdicts.
 */
class VerdictTests {

	private static final String HOLDER = "another process. The file says: 4711";

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '"',
			textBlock = """
					OURS        | NONE     | HELD       | ""
					OURS        | CONTENT  | RESTORED   | The file had been changed and its content has been written again
					OURS        | MISSING  | RESTORED   | The file was missing and has been created again
					OURS        | REPLACED | RESTORED   | Another file was in its place and has been locked
					OURS        | REOPENED | RESTORED   | The file could no longer be used and has been locked again
					LOCK_BUSY   | NONE     | LOST       | The lock is held by another process. The file says: 4711
					LOCK_BUSY   | CONTENT  | LOST       | The lock is held by another process. The file says: 4711
					LOCK_BUSY   | MISSING  | LOST       | Another file in its place is held by another process. The file says: 4711
					LOCK_BUSY   | REPLACED | LOST       | Another file in its place is held by another process. The file says: 4711
					LOCK_BUSY   | REOPENED | LOST       | The lock is held by another process. The file says: 4711
					HOLDER_SEEN | NONE     | LOST       | The lock is held by another process. The file says: 4711
					HOLDER_SEEN | CONTENT  | LOST       | The lock is held by another process. The file says: 4711
					HOLDER_SEEN | MISSING  | LOST       | Another file in its place is held by another process. The file says: 4711
					HOLDER_SEEN | REPLACED | LOST       | Another file in its place is held by another process. The file says: 4711
					HOLDER_SEEN | REOPENED | LOST       | The lock is held by another process. The file says: 4711
					FLOCK_BUSY  | NONE     | UNVERIFIED | The lock is held by another process. The file says: 4711
					FLOCK_BUSY  | REPLACED | UNVERIFIED | Another file in its place is held by another process. The file says: 4711
					FIRST_BUSY  | NONE     | UNVERIFIED | "The lock is being taken by another process, or another program has locked the first byte of the file"
					FIRST_BUSY  | REPLACED | UNVERIFIED | "The lock is being taken by another process, or another program has locked the first byte of the file"
					THIS_JVM    | NONE     | UNVERIFIED | "Other code of this JVM has locked the first byte of the file, or all of it"
					THIS_JVM    | REPLACED | UNVERIFIED | "Other code of this JVM has locked the first byte of the file, or all of it"
					""")
	void eachFactHasItsVerdict(Locks locks, Repair repair, Status status, String reason) {
		assertThat(Verdict.of(locks, repair, HOLDER)).isEqualTo(new Verdict(status, reason));
	}

	static Stream<Arguments> facts() {
		return Arrays.stream(Locks.values())
			.flatMap((locks) -> Arrays.stream(Repair.values()).map((repair) -> Arguments.of(locks, repair)));
	}

	/**
	 * Only locks decide; what was repaired chooses the words.
	 */
	@ParameterizedTest
	@MethodSource("facts")
	void theLocksAloneDecideOnLostAndHeld(Locks locks, Repair repair) {
		boolean lost = locks == Locks.LOCK_BUSY || locks == Locks.HOLDER_SEEN;
		Status status = Verdict.of(locks, repair, HOLDER).status();
		assertThat(status == Status.LOST).isEqualTo(lost);
		assertThat(status == Status.HELD || status == Status.RESTORED).isEqualTo(locks == Locks.OURS);
	}

	@Test
	void anythingElseInTheWayIsDoubt() {
		assertThat(Verdict.doubt("it is a directory")).isEqualTo(new Verdict(Status.UNVERIFIED, "it is a directory"));
	}

}
