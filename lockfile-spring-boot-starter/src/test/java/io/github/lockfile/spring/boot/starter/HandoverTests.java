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

package io.github.lockfile.spring.boot.starter;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.lockfile.testsupport.Outsider;
import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A new instance waits for the running one to release the lock.
 */
class HandoverTests {

	private static final int HELD = 75;

	private static final int INTERRUPTED = 130;

	private static final int TERMINATED = 143;

	private static final String LAST_BEAN = "--spring.main.sources=" + LastBean.class.getName();

	@TempDir
	private Path directory;

	private Path lockFile;

	@BeforeEach
	void lockFile() throws IOException {
		this.lockFile = this.directory.toRealPath().resolve("orders.lock");
	}

	@Test
	void aWaitingInstanceTakesOver() {
		try (ApplicationProcess first = Orders.run(this.lockFile);
				ApplicationProcess second = Orders.start(this.lockFile, "--lockfile.timeout=60s", LAST_BEAN)) {
			second.awaitOutput("waiting at most 1m");
			Instant waiting = Instant.now();
			assertThat(Outsider.isRefused(this.lockFile)).isTrue();
			assertThat(second.output()).doesNotContain("Acquired", "Created", "Tomcat");
			Duration atLeast = Duration.between(waiting, Instant.now());
			first.terminate();
			second.awaitStarted();
			assertThat(first.awaitExit()).isEqualTo(TERMINATED);
			String host = Shell.run("hostname");
			String told = "INFO [^\n]* Lock file '%s'[^\n]* %d;%s[^\n]*; waiting at most 1m\n".formatted(this.lockFile,
					first.pid(), host)
					+ "[^\n]*INFO [^\n]* Acquired lock file '%s' after waiting (\\d+) ms\n".formatted(this.lockFile);
			Matcher matcher = Pattern.compile(told).matcher(second.output());
			assertThat(matcher.find()).as(second.output()).isTrue();
			assertThat(Long.parseLong(matcher.group(1))).isGreaterThanOrEqualTo(atLeast.toMillis());
			assertThat(second.output()).containsOnlyOnce("waiting at most")
				.containsOnlyOnce("Acquired lock file")
				.doesNotContain("WARN");
			assertThat(this.lockFile).content(StandardCharsets.UTF_8).isEqualTo(" " + second.pid() + ";" + host + "\n");
		}
	}

	@Test
	void aWaitingInstanceIsRefusedAtTheEndOfItsTime() {
		try (ApplicationProcess first = Orders.run(this.lockFile);
				ApplicationProcess second = Orders.start(this.lockFile, "--lockfile.timeout=300ms", LAST_BEAN)) {
			assertThat(second.awaitExit()).isEqualTo(HELD);
			assertThat(second.output()).containsOnlyOnce("waiting at most 0.3s")
				.contains("Another instance holds the lock file '" + this.lockFile + "'. The file says: " + first.pid())
				.containsPattern("This instance gave up after waiting [0-9.m]+s\\.")
				.doesNotContain("wait for it with")
				.doesNotContain("Acquired", "Created", "Tomcat", "\tat ");
			assertThat(Outsider.isRefused(this.lockFile)).isTrue();
		}
	}

	@Test
	void aWaitingInstanceEndsAtOnceWhenItIsTerminated() {
		endsWhileWaiting("TERM", TERMINATED);
	}

	@Test
	void aWaitingInstanceEndsAtOnceOnCtrlC() {
		endsWhileWaiting("INT", INTERRUPTED);
	}

	private void endsWhileWaiting(String signal, int exitCode) {
		try (ApplicationProcess first = Orders.run(this.lockFile);
				// Maven may run where SIGINT is ignored, and children inherit that.
				ApplicationProcess second = Orders.start(List.of("env", "--default-signal=INT"), this.lockFile,
						"--lockfile.timeout=1h")) {
			second.awaitOutput("waiting at most 1h");
			Shell.run("kill", "-" + signal, Long.toString(second.pid()));
			assertThat(second.awaitExit()).isEqualTo(exitCode);
			assertThat(second.output()).doesNotContain("ERROR", "WARN", "\tat ");
			assertThat(first.isAlive()).isTrue();
			assertThat(Outsider.isRefused(this.lockFile)).isTrue();
		}
	}

}
