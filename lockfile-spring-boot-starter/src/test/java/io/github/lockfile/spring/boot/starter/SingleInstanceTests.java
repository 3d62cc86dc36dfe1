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
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.LockPathTestCase;
import io.github.lockfile.testsupport.Outsider;
import io.github.lockfile.testsupport.Shell;
import io.github.lockfile.testsupport.Unprivileged;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Starts the sample application in real JVMs.
 */
class SingleInstanceTests extends LockPathTestCase {

	private static final int TERMINATED = 143;

	private static final String LAST_BEAN = "--spring.main.sources=" + LastBean.class.getName();

	@Test
	void theFileStaysAndBlocksNobody() {
		String template = "--lockfile.content-template={pid}";
		try (ApplicationProcess first = Orders.runWithoutServer(this.path, template)) {
			assertThat(this.path).content(StandardCharsets.UTF_8).isEqualTo(" " + first.pid() + "\n");
			first.terminate();
			assertThat(first.awaitExit()).isEqualTo(TERMINATED);
			assertThat(this.path).content(StandardCharsets.UTF_8).isEqualTo(" " + first.pid() + "\n");
		}
		try (ApplicationProcess second = Orders.runWithoutServer(this.path, template)) {
			assertThat(this.path).content(StandardCharsets.UTF_8).isEqualTo(" " + second.pid() + "\n");
			second.kill();
			assertThat(this.path).content(StandardCharsets.UTF_8).isEqualTo(" " + second.pid() + "\n");
		}
		Orders.runWithoutServer(this.path).close();
	}

	@Test
	void aDirectoryWithoutWritePermissionIsReported() throws IOException {
		Path readOnly = Files.createDirectory(this.directory.toRealPath().resolve("read-only"),
				PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-xr-xr-x")));
		Path path = readOnly.resolve("orders.lock");
		try (ApplicationProcess instance = Orders.start(Unprivileged.prefix(), path)) {
			assertThat(instance.awaitExit()).isEqualTo(HolderProcess.UNAVAILABLE);
			assertThat(instance.output())
				.contains("The lock file '" + path + "' cannot be used: permission denied for '" + path + "'.",
						"Set 'lockfile.path' to a file that this user can create and write")
				.doesNotContain("\tat ", "Tomcat", "Created");
		}
		assertThat(readOnly).isEmptyDirectory();
	}

	@Test
	void ofEightInstancesThatStartTogetherOneRuns() {
		List<ApplicationProcess> instances = IntStream.range(0, 8).mapToObj((i) -> Orders.start(this.path)).toList();
		try {
			Awaitility.await()
				.atMost(Duration.ofMinutes(3))
				.until(() -> instances.stream().filter(ApplicationProcess::isAlive).count() == 1);
			ApplicationProcess winner = instances.stream()
				.filter(ApplicationProcess::isAlive)
				.findFirst()
				.orElseThrow()
				.awaitStarted();
			for (ApplicationProcess instance : instances) {
				if (instance != winner) {
					assertThat(instance.awaitExit()).isEqualTo(HolderProcess.HELD);
					assertThat(instance.output()).contains("The file says: " + winner.pid() + ";");
				}
			}
		}
		finally {
			instances.forEach(ApplicationProcess::close);
		}
	}

	@Test
	void aWaitingInstanceTakesOver() {
		try (ApplicationProcess first = Orders.run(this.path);
				ApplicationProcess second = Orders.start(this.path, "--lockfile.timeout=60s", LAST_BEAN)) {
			second.awaitOutput("waiting at most 1m");
			Instant waiting = Instant.now();
			assertThat(Outsider.isRefused(this.path)).isTrue();
			assertThat(second.output()).doesNotContain("Acquired", "Created", "Tomcat");
			Duration atLeast = Duration.between(waiting, Instant.now());
			first.terminate();
			second.awaitStarted();
			assertThat(first.awaitExit()).isEqualTo(TERMINATED);
			String host = Shell.run("hostname");
			String told = "INFO [^\n]* Lock file '%s'[^\n]* %d;%s[^\n]*; waiting at most 1m\n".formatted(this.path,
					first.pid(), host)
					+ "[^\n]*INFO [^\n]* Acquired lock file '%s' after waiting (\\d+) ms\n".formatted(this.path);
			Matcher matcher = Pattern.compile(told).matcher(second.output());
			assertThat(matcher.find()).as(second.output()).isTrue();
			assertThat(Long.parseLong(matcher.group(1))).isGreaterThanOrEqualTo(atLeast.toMillis());
			assertThat(second.output()).containsOnlyOnce("waiting at most")
				.containsOnlyOnce("Acquired lock file")
				.doesNotContain("WARN");
			assertThat(this.path).content(StandardCharsets.UTF_8).isEqualTo(" " + second.pid() + ";" + host + "\n");
		}
	}

	@Test
	void theLockIsHeldUntilAfterTheLastRequestAndTheLastBean() throws Exception {
		Path end = this.directory.resolve("end");
		try (ApplicationProcess first = Orders.run(this.path, "--spring.lifecycle.timeout-per-shutdown-phase=5m",
				"--spring.main.sources=%s,%s".formatted(LastBean.class.getName(), LongRequest.class.getName()))) {
			CompletableFuture<HttpResponse<String>> request = first.getAsync("/long?file=" + end);
			first.awaitOutput("The request lasts");
			first.terminate();
			first.awaitOutput("Commencing graceful shutdown");
			try (ApplicationProcess second = Orders.start(this.path)) {
				assertThat(second.awaitExit()).isEqualTo(HolderProcess.HELD);
				assertThat(request).isNotDone();
			}
			Files.createFile(end);
			assertThat(request.get().body()).isEqualTo("done");
			assertThat(first.awaitExit()).isEqualTo(TERMINATED);
			assertThat(first.output()).contains("At the end, an outsider is refused");
		}
		Orders.runWithoutServer(this.path).close();
	}

}
