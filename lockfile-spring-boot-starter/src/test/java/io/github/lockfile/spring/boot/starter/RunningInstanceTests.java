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
import java.util.List;
import java.util.Map;

import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Outsider;
import io.github.lockfile.testsupport.Shell;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What happens beside an instance that runs and goes on running.
 */
@Execution(ExecutionMode.SAME_THREAD)
class RunningInstanceTests {

	private static final int INTERRUPTED = 130;

	private static final int TERMINATED = 143;

	private static final String LAST_BEAN = "--spring.main.sources=" + LastBean.class.getName();

	private static Path lockFile;

	private static ApplicationProcess first;

	@BeforeAll
	static void run(@TempDir Path directory) throws IOException {
		lockFile = directory.toRealPath().resolve("orders.lock");
		first = Orders.run(lockFile, "--lockfile.verify-interval=200ms");
	}

	@AfterAll
	static void close() {
		first.close();
	}

	@Test
	void aSecondInstanceIsRefusedAndChangesNothing() throws IOException {
		String recorded = first.pid() + ";" + Shell.run("hostname");
		assertThat(lockFile).content(StandardCharsets.UTF_8).isEqualTo(" " + recorded + "\n");
		Map<String, Object> before = attributes();
		try (ApplicationProcess second = Orders.start(lockFile, LAST_BEAN)) {
			assertThat(second.awaitExit()).isEqualTo(HolderProcess.HELD);
			assertThat(second.output())
				.contains("Another instance holds the lock file '" + lockFile + "'. The file says: " + recorded)
				.contains("Stop that instance, wait for it with 'lockfile.timeout', or give this one its own lock file "
						+ "with 'lockfile.path'.")
				.doesNotContain("\tat ", "Exception")
				.doesNotContain("Tomcat", "Created");
		}
		assertThat(attributes()).isEqualTo(before);
		assertThat(lockFile).content(StandardCharsets.UTF_8).isEqualTo(" " + recorded + "\n");
		assertThat(first.get("/orders").body()).isEqualTo("none yet");
		assertThat(Outsider.isRefused(lockFile)).isTrue();
	}

	@Test
	void aWaitingInstanceIsRefusedAtTheEndOfItsTime() {
		try (ApplicationProcess second = Orders.start(lockFile, "--lockfile.timeout=3s", LAST_BEAN)) {
			assertThat(second.awaitExit()).isEqualTo(HolderProcess.HELD);
			assertThat(second.output()).containsOnlyOnce("waiting at most 3s")
				.contains("Another instance holds the lock file '" + lockFile + "'. The file says: " + first.pid())
				.containsPattern("This instance gave up after waiting [0-9.m]+s\\.")
				.doesNotContain("wait for it with")
				.doesNotContain("Acquired", "Created", "Tomcat", "\tat ");
			assertThat(Outsider.isRefused(lockFile)).isTrue();
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
		// Maven may run where SIGINT is ignored, and children inherit that.
		try (ApplicationProcess second = Orders.start(List.of("env", "--default-signal=INT"), lockFile,
				"--lockfile.timeout=1h")) {
			second.awaitOutput("waiting at most 1h");
			Shell.run("kill", "-" + signal, Long.toString(second.pid()));
			assertThat(second.awaitExit()).isEqualTo(exitCode);
			assertThat(second.output()).doesNotContain("ERROR", "WARN", "\tat ");
			assertThat(first.isAlive()).isTrue();
			assertThat(Outsider.isRefused(lockFile)).isTrue();
		}
	}

	@Test
	void theEndpointAndTheHealthIndicatorShowTheLock() {
		HttpResponse<String> endpoint = first.get("/actuator/lockfile");
		HttpResponse<String> health = first.get("/actuator/health/lockfile");
		assertThat(endpoint.statusCode()).isEqualTo(200);
		assertThat(endpoint.body()).contains("\"path\":\"" + lockFile + "\"",
				"\"content\":\"" + first.pid() + ";" + Shell.run("hostname") + "\"", "\"status\":\"HELD\"",
				"\"acquiredAt\":\"20", "\"verifiedAt\":\"20");
		assertThat(health.statusCode()).isEqualTo(200);
		assertThat(health.body()).contains("\"status\":\"UP\"", "\"path\":\"" + lockFile + "\"");
		assertThat(first.get("/actuator/health").body()).contains("\"lockfile\":{");
		assertThat(Outsider.isRefused(lockFile)).isTrue();
	}

	@Test
	void withoutPermissionTheKindAndTheReasonAreShown() {
		assertThat(first.get("/actuator/lockfile").body()).contains("\"nativeLock\":false", "\"whyNotNative\":\"");
		assertThat(first.get("/actuator/health/lockfile").body()).contains("\"nativeLock\":false",
				"\"whyNotNative\":\"");
		assertThat(first.output()).doesNotContain("native lock", "WARNING");
	}

	@Test
	void aRemovedFileIsRepaired() {
		String content = Shell.run("cat", lockFile.toString());
		Shell.run("rm", lockFile.toString());
		first.awaitOutput("has been repaired. The file was missing and has been created again");
		assertThat(Shell.run("cat", lockFile.toString())).isEqualTo(content);
		assertThat(Outsider.isRefused(lockFile)).isTrue();
		assertThat(first.output()).containsOnlyOnce("WARN").doesNotContain("ERROR");
		assertThat(first.get("/actuator/health").statusCode()).isEqualTo(200);
		Awaitility.await().until(() -> first.get("/actuator/lockfile").body().contains("\"status\":\"HELD\""));
	}

	private static Map<String, Object> attributes() throws IOException {
		return Files.readAttributes(lockFile, "unix:ino,size,mode,lastModifiedTime,ctime");
	}

}
