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

package io.github.lockfile.spring.boot.startup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import io.github.lockfile.LockFile;
import io.github.lockfile.LockFileHeldException;
import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Foreign;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.LockPathTestCase;
import io.github.lockfile.testsupport.Outsider;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@ExtendWith(OutputCaptureExtension.class)
class WaitingAcquirerTests extends LockPathTestCase {

	private final LockFileProperties properties = new LockFileProperties();

	@Test
	void saysThatItIsTheDefaultPath(CapturedOutput output) {
		new WaitingAcquirer(new LockLocation(this.path, true), true, this.properties).acquire().close();
		assertThat(output).contains("Acquired lock file '" + this.path + "', the default of 'lockfile.path'");
	}

	@Test
	void logsAnAbsolutePath(CapturedOutput output) {
		Path relative = Path.of("").toAbsolutePath().relativize(this.path);
		new WaitingAcquirer(new LockLocation(relative, false), true, this.properties).acquire().close();
		assertThat(output).contains("Acquired lock file '" + relative.toAbsolutePath() + "'\n");
	}

	@Test
	void saysNowAndThenThatItWaits(CapturedOutput output) {
		this.properties.setTimeout(Duration.ofMinutes(10));
		try (ChildJvm holder = HolderProcess.hold(this.path, "{pid}")) {
			Thread closer = new Thread(() -> {
				Awaitility.await().until(() -> output.getOut().split("Still waiting after", -1).length > 3);
				holder.send("close");
			});
			closer.start();
			try (LockFile lock = acquirer(Duration.ofMillis(100)).acquire()) {
				assertThat(lock.path()).isEqualTo(this.path);
			}
			assertThat(output).containsOnlyOnce("waiting at most 10m")
				.containsPattern("Still waiting after \\d+ s, at most 10m\\.")
				.containsPattern("Acquired lock file '.*' after waiting \\d+ ms");
		}
	}

	@Test
	void waitsNoLongerThanItsTimeoutHoweverOftenItReports() {
		this.properties.setTimeout(Duration.ofMillis(250));
		long start = System.nanoTime();
		try (ChildJvm holder = HolderProcess.hold(this.path, "{pid}")) {
			assertThatExceptionOfType(LockFileNotAcquiredException.class)
				.isThrownBy(() -> acquirer(Duration.ofMillis(100)).acquire())
				.satisfies((ex) -> assertThat(ex.description()).contains("gave up after waiting"));
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(250),
					Duration.ofMinutes(2));
			assertThat(holder.process().isAlive()).isTrue();
		}
	}

	@Test
	void anInterruptEndsTheWait() {
		this.properties.setTimeout(Duration.ofHours(1));
		try (ChildJvm holder = HolderProcess.hold(this.path, "{pid}")) {
			Thread.currentThread().interrupt();
			assertThatExceptionOfType(LockFileNotAcquiredException.class)
				.isThrownBy(() -> acquirer(Duration.ofMillis(100)).acquire());
			assertThat(Thread.interrupted()).isTrue();
			assertThat(holder.process().isAlive()).isTrue();
		}
	}

	@Test
	void looksASecondTimeBeforeItRefuses() throws Exception {
		for (int i = 0; i < 20; i++) {
			LockFile holder = LockFile.acquire(this.path);
			Thread attempt = new Thread(() -> acquirer(Duration.ofSeconds(1)).acquire().close());
			Throwable[] failure = new Throwable[1];
			attempt.setUncaughtExceptionHandler((thread, ex) -> failure[0] = ex);
			attempt.start();
			// It is refused at first, and parks before it looks again.
			Awaitility.await()
				.pollDelay(Duration.ZERO)
				.pollInterval(Duration.ofNanos(100_000))
				.until(() -> attempt.getState() == Thread.State.TIMED_WAITING || !attempt.isAlive());
			holder.close();
			attempt.join();
			if (failure[0] == null) {
				return;
			}
		}
		throw new AssertionError("It never got a lock that was released after its first look");
	}

	@Test
	void looksOnWhileTheHolderHasNotWrittenYet() throws Exception {
		for (int i = 0; i < 20; i++) {
			Files.deleteIfExists(this.path);
			Files.createFile(this.path);
			Throwable[] failure = new Throwable[1];
			try (Foreign holder = Foreign.start()) {
				assertThat(holder.ask("lock", this.path, Bytes.LOCK, 1)).isEqualTo("locked");
				Thread attempt = new Thread(() -> acquirer(Duration.ofSeconds(1)).acquire().close());
				attempt.setUncaughtExceptionHandler((thread, ex) -> failure[0] = ex);
				attempt.start();
				long start = System.nanoTime();
				// It is over too soon if this machine pauses.
				Awaitility.await().until(() -> !attempt.isAlive() || System.nanoTime() - start > 200_000_000);
				Files.writeString(this.path, " 4711\n");
				attempt.join();
			}
			if (failure[0] instanceof LockFileNotAcquiredException ex
					&& ex.getCause() instanceof LockFileHeldException held && held.holderContent().equals("4711")) {
				return;
			}
		}
		throw new AssertionError("It never saw a record that was written after its second look");
	}

	@Test
	void aLogThatThrowsLeavesNothingLocked() {
		Logger logger = (Logger) LoggerFactory.getLogger(WaitingAcquirer.class);
		Level level = logger.getLevel();
		for (Level thrown : new Level[] { Level.INFO, Level.DEBUG }) {
			Appender<ILoggingEvent> appender = new FailingAppender((event) -> event.getLevel() == thrown,
					new StackOverflowError("expected"));
			appender.start();
			logger.setLevel(thrown);
			logger.addAppender(appender);
			try {
				assertThatExceptionOfType(StackOverflowError.class)
					.isThrownBy(() -> acquirer(Duration.ofSeconds(1)).acquire());
			}
			finally {
				logger.detachAppender(appender);
				logger.setLevel(level);
			}
			assertThat(this.path).exists();
			assertThat(Outsider.isRefused(this.path)).isFalse();
		}
	}

	private WaitingAcquirer acquirer(Duration reportInterval) {
		return new WaitingAcquirer(new LockLocation(this.path, false), true, this.properties, reportInterval);
	}

}
