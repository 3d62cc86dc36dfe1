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
import java.lang.Thread.State;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Contender;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Shell;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Attempts that meet other attempts, or verifications.
 */
@Tag("native")
class ContentionTests extends LockTestCase {

	private static final int ATTEMPTS = 2000;

	@Test
	void twoThreadsAreRefusedInTheNameOfTheTrueHolder() throws Exception {
		Map<String, Integer> holders = new ConcurrentHashMap<>();
		Callable<Void> attempts = () -> {
			for (int i = 0; i < ATTEMPTS; i++) {
				try {
					acquire(this.path, "attempt").close();
					holders.merge("nobody", 1, Integer::sum);
				}
				catch (LockFileHeldException ex) {
					holders.merge(ex.heldByThisJvm() ? "this JVM" : ex.holderContent(), 1, Integer::sum);
				}
			}
			return null;
		};
		ExecutorService executor = Executors.newFixedThreadPool(2);
		try (ChildJvm holder = HolderProcess.hold(this.path, "holder")) {
			for (Future<Void> result : executor.invokeAll(Stream.of(attempts, attempts).toList())) {
				result.get();
			}
			assertThat(holder.process().isAlive()).isTrue();
		}
		finally {
			executor.shutdownNow();
		}
		assertThat(holders).containsOnly(Map.entry("holder", 2 * ATTEMPTS));
	}

	@Test
	void attemptsAgainstVerificationsAreRefusedInTheNameOfTheHolder() throws Exception {
		try (LockFile lock = acquire(this.path, "holder"); ChildJvm contender = Contender.start(this.path, ATTEMPTS)) {
			int verifications = 0;
			while (contender.process().isAlive()) {
				Verification verification = lock.verify();
				// A contender that gets no processor may take a while to take the lock.
				assertThat(verification.status()).as(verification.reason()).isIn(Status.HELD, Status.UNVERIFIED);
				verifications++;
			}
			assertThat(contender.output()).contains(Contender.allRefused(ATTEMPTS, "holder"));
			assertThat(verifications).isGreaterThan(ATTEMPTS);
			assertHeld(lock);
		}
	}

	/**
	 * As if another instance had acquired and released it just then.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "4711;a-much-longer-record-than-ours", "x", "" })
	void aRecordThatChangesBetweenTheLookAndTheLockIsReplacedAsAWhole(String record) throws IOException {
		Files.writeString(this.path, " 4711\n");
		Faults faults = new Faults(this.directory.resolve("faults"));
		faults.inject("open", "BEFORE-STOP", 0, 1);
		try (ChildJvm holder = faults.start(this.path, "1234567")) {
			Faults.awaitStopped(holder);
			Shell.script("printf '%s' '%s' > %s", record.isEmpty() ? "" : " %s\\n", record, this.path);
			Faults.goOn(holder);
			holder.awaitOutput("acquired");
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
			assertThat(Shell.run("stat", "-c", "%s", this.path.toString())).isEqualTo("9");
			holder.send("close").awaitOutput("closed");
		}
		assertThat(this.path).content(StandardCharsets.UTF_8).isEqualTo(" 1234567\n");
		acquire(this.path).close();
	}

	/**
	 * The second one looks while the first one creates the file again.
	 */
	@Test
	void aLookDuringAnotherVerificationIsNotJudged() throws Exception {
		Path directory = this.directory.resolve("faults");
		PathFaults.run(new Faults(directory).prefix(""), ContentionTests.class, this.path, directory);
	}

	public static void main(String[] args) throws Exception {
		Path path = Path.of(args[0]);
		Faults faults = new Faults(Path.of(args[1]));
		try (LockFile lock = LockFile.acquire(path)) {
			FutureTask<Verification> first = new FutureTask<>(lock::verify);
			FutureTask<Verification> second = new FutureTask<>(lock::verify);
			faults.inject("open", "BEFORE-HANG0", 0, 1);
			Shell.run("rm", path.toString());
			new Thread(first).start();
			faults.awaitHit();
			Shell.run("rm", path.toString());
			Thread thread = new Thread(second);
			thread.start();
			Awaitility.await().pollInterval(Duration.ofMillis(1)).until(thread::getState, State.BLOCKED::equals);
			faults.clear();
			assertThat(first.get().status()).isEqualTo(Status.RESTORED);
			assertThat(second.get()).returns("", Verification::reason).returns(Status.HELD, Verification::status);
			assertThat(lock.verify().status()).isEqualTo(Status.HELD);
			assertThat(KernelLocks.isLocked(path)).isTrue();
		}
		System.out.println("passed");
	}

}
