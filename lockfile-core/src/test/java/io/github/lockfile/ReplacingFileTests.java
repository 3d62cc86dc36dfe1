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

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Foreign;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Another file is in the place of the one that is held, and somebody has locked a part of
 * it. Only a holder costs us the lock.
 */
@Tag("native")
class ReplacingFileTests extends LockTestCase {

	private static final int VERIFICATIONS = 5;

	@ParameterizedTest
	@CsvSource({ "lock,0 1", "lock,0 4096", "lock,0 0", "share,0 1", "share,0 0" })
	void aProgramThatHasTheFirstByteOfItIsDoubtUntilItIsGone(String how, String range) throws IOException {
		try (LockFile lock = acquire(this.path, "holder")) {
			try (Foreign foreign = Foreign.start()) {
				Path next = Files.writeString(this.path.resolveSibling("next"), " 4711\n");
				assertThat(foreign.ask(how, next, range)).isEqualTo("locked");
				replaceBy(next);
				assertDoubt(lock, "first byte");
				assertThat(KernelLocks.isAnyOf(owner(), this.path)).as("nothing is kept from the other one").isFalse();
				try (ChildJvm second = HolderProcess.start(this.path, "second")) {
					assertThat(second.awaitExit()).isEqualTo(HolderProcess.HELD);
					assertThat(second.output()).contains("is held or being taken by another process");
				}
			}
			assertRestored(lock);
		}
	}

	/**
	 * It would be a mark if it were locked exclusively.
	 */
	@ParameterizedTest
	@CsvSource({ Bytes.SEAL + " 1", Bytes.LOCK + " 0" })
	void aProgramThatReadsItsLastBytesIsNoHolder(String range) throws IOException {
		try (LockFile lock = acquire(this.path, "holder"); Foreign foreign = Foreign.start()) {
			Path next = Files.writeString(this.path.resolveSibling("next"), " 4711\n");
			assertThat(foreign.ask("share", next, range)).isEqualTo("locked");
			assertThat(foreign.ask("share", next, "0 1")).isEqualTo("locked");
			replaceBy(next);
			assertDoubt(lock, "first byte");
			foreign.ask("unlock");
			assertRestored(lock);
		}
	}

	/**
	 * Who has the lock without the first byte is a holder that verifies, or is in doubt.
	 * A native lock asks for both at once, so it needs to see the mark, too.
	 */
	@ParameterizedTest
	@ValueSource(ints = { 1, 2 })
	void aHolderThatHasLetGoOfItsFirstByteForAMomentIsAHolder(int bytes) throws IOException {
		Assumptions.assumeTrue(isChannel() || bytes > 1, "a native lock asks for both bytes at once");
		try (LockFile lock = acquire(this.path, "holder"); Foreign foreign = Foreign.start()) {
			Path next = Files.writeString(this.path.resolveSibling("next"), " 4711\n");
			assertThat(foreign.ask("lock", next, Bytes.LOCK, bytes)).isEqualTo("locked");
			replaceBy(next);
			assertThat(lock.verify()).returns(Status.LOST, Verification::status)
				.satisfies((lost) -> assertThat(lost.reason()).contains("held by another process"));
			assertThat(KernelLocks.isAnyOf(owner(), this.path)).isFalse();
		}
	}

	@ParameterizedTest
	@CsvSource({ "0,1,false", "0,1,true", "0,9223372036854775807,false" })
	void otherCodeOfThisJvmThatHasItsFirstByteIsDoubtUntilItIsGone(long position, long length, boolean shared)
			throws IOException {
		try (LockFile lock = acquire(this.path, "holder")) {
			Path next = Files.writeString(this.path.resolveSibling("next"), " 4711\n");
			try (FileChannel channel = FileChannel.open(next, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
				assertThat(channel.tryLock(position, length, shared)).isNotNull();
				replaceBy(next);
				assertDoubt(lock, "this JVM");
				System.gc();
				assertThat(KernelLocks.owners(this.path, Bytes.FIRST)).as("it keeps what it has").containsExactly(PID);
				assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> acquire(this.path))
					.satisfies((ex) -> assertThat(ex.heldByThisJvm()).isTrue());
			}
			assertRestored(lock);
		}
		assertThat(OpenFiles.under(this.directory)).isEmpty();
	}

	private void replaceBy(Path next) {
		Shell.run("mv", next.toString(), this.path.toString());
	}

	private static void assertDoubt(LockFile lock, String reason) {
		for (int i = 0; i < VERIFICATIONS; i++) {
			Verification found = lock.verify();
			assertThat(found).returns(Status.UNVERIFIED, Verification::status);
			assertThat(found.reason()).contains(reason);
		}
	}

	private void assertRestored(LockFile lock) throws IOException {
		assertThat(lock.verify()).returns(Status.RESTORED, Verification::status)
			.returns("Another file was in its place and has been locked", Verification::reason);
		assertHeld(lock);
	}

}
