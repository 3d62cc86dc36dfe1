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
import java.time.Duration;
import java.util.stream.Stream;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.spring.boot.watch.LockFileWatch;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.LockPathTestCase;
import io.github.lockfile.testsupport.Outsider;
import io.github.lockfile.testsupport.Shell;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Takes the lock file away from the running sample application.
 */
class LostLockTests extends LockPathTestCase {

	private static final String SHORT = "--lockfile.verify-interval=200ms";

	private static final String SHUTDOWN = "--lockfile.on-lost=shutdown";

	@Test
	void aReplacedAndLockedFileTurnsHealthDownAndLivenessBroken() {
		try (ApplicationProcess instance = Orders.run(this.path, SHORT);
				ChildJvm intruder = HolderProcess.holdInPlaceOf(this.path)) {
			Awaitility.await().until(() -> instance.get("/actuator/health/liveness").statusCode() == 503);
			HttpResponse<String> health = instance.get("/actuator/health/lockfile");
			assertThat(health.statusCode()).isEqualTo(503);
			assertThat(health.body()).contains("\"status\":\"DOWN\"",
					"is held by another process. The file says: " + intruder.pid());
			assertThat(instance.get("/actuator/lockfile").body()).contains("\"status\":\"LOST\"");
			assertThat(instance.get("/orders").statusCode()).isEqualTo(200);
			assertThat(instance.output()).containsOnlyOnce("is lost: this is no longer the only instance");
		}
	}

	@Test
	void aReplacedAndLockedFileShutsTheApplicationDownOnDemand() {
		try (ApplicationProcess instance = Orders.run(this.path, SHORT, SHUTDOWN);
				ChildJvm intruder = HolderProcess.holdInPlaceOf(this.path)) {
			assertThat(instance.awaitExit()).isEqualTo(75);
			assertThat(instance.output()).contains("is lost: this is no longer the only instance",
					"Commencing graceful shutdown");
			assertThat(intruder.process().isAlive()).isTrue();
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
	}

	@Test
	void aListenerThatDoesNotReturnKeepsNoApplicationWithoutItsLock() {
		try (ApplicationProcess instance = runWithoutServer(Hostile.BlockingListener.class,
				"--lockfile.shutdown-timeout=5s"); ChildJvm intruder = HolderProcess.holdInPlaceOf(this.path)) {
			assertThat(instance.awaitExit()).isEqualTo(75);
			assertThat(instance.output()).contains("Blocking", "Shutting down with exit code 75, within 5s");
			assertThat(intruder.process().isAlive()).isTrue();
		}
	}

	@Test
	void anExitCodeOfTheApplicationIsNotAskedFor() {
		try (ApplicationProcess instance = runWithoutServer(Hostile.FailingExitCode.class,
				"--lockfile.shutdown-timeout=1m"); ChildJvm intruder = HolderProcess.holdInPlaceOf(this.path)) {
			assertThat(instance.awaitExit()).isEqualTo(75);
			assertThat(instance.output()).contains("Shutting down with exit code 75, within 1m")
				.doesNotContain("no exit code", "halting");
			assertThat(intruder.process().isAlive()).isTrue();
		}
	}

	@Test
	void aBeanThatHangsIsHalted() {
		try (ApplicationProcess instance = runWithoutServer(Hostile.HangingBean.class, "--lockfile.shutdown-timeout=5");
				ChildJvm intruder = HolderProcess.holdInPlaceOf(this.path)) {
			assertThat(instance.awaitExit()).isEqualTo(75);
			assertThat(instance.output()).contains("Shutting down with exit code 75, within 5s", "Hanging",
					"The shutdown has not ended within 5s: halting with exit code 75");
			assertThat(intruder.process().isAlive()).isTrue();
		}
	}

	@Test
	void anApplicationWithoutAShutdownHookIsClosedToo() {
		try (ApplicationProcess instance = runWithoutServer(LastBean.class,
				"--spring.main.register-shutdown-hook=false");
				ChildJvm intruder = HolderProcess.holdInPlaceOf(this.path)) {
			assertThat(instance.awaitExit()).isEqualTo(75);
			assertThat(instance.output()).contains("At the end, an outsider is");
			assertThat(intruder.process().isAlive()).isTrue();
		}
	}

	@Test
	void aLossWhileTheApplicationStartsEndsTheStart() {
		try (ApplicationProcess instance = Orders
			.start(this.path, SHORT, SHUTDOWN, "--spring.main.sources=" + Hostile.SlowToStart.class.getName())
			.awaitOutput("Migrating"); ChildJvm intruder = HolderProcess.holdInPlaceOf(this.path)) {
			assertThat(instance.awaitExit()).isEqualTo(75);
			assertThat(instance.output())
				.contains("is lost: this is no longer the only instance", "halting with exit code 75", "within 5s")
				.doesNotContain("Error starting ApplicationContext", "Application run failed", "\tat ");
			assertThat(intruder.process().isAlive()).isTrue();
		}
	}

	@Test
	void aLossWhileTheApplicationStartsIsNotForgotten() {
		try (ApplicationProcess instance = Orders
			.start(this.path, SHORT, "--spring.main.sources=" + LostWhileStarting.class.getName())
			.awaitOutput("Waiting for the loss"); ChildJvm intruder = HolderProcess.holdInPlaceOf(this.path)) {
			instance.awaitStarted();
			Awaitility.await().until(() -> instance.get("/actuator/health/liveness").statusCode() == 503);
			assertThat(instance.get("/actuator/health/readiness").statusCode()).isEqualTo(503);
			assertThat(intruder.process().isAlive()).isTrue();
		}
	}

	@Test
	void aLossEndsTheProcessThoughNoThreadCanBeStarted() throws IOException {
		try (ApplicationProcess instance = Orders.runWithoutServer(this.path, SHORT, SHUTDOWN,
				"--lockfile.shutdown-timeout=10m")) {
			// What may still be allocated is less than the stack of a thread.
			String size = Shell.run("sed", "-n", "s/^VmSize:[^0-9]*\\([0-9]*\\).*/\\1/p",
					"/proc/" + instance.pid() + "/status");
			Shell.run("prlimit", "--pid", Long.toString(instance.pid()), "--as=" + (Long.parseLong(size) + 700) * 1024);
			try (ChildJvm intruder = HolderProcess.holdInPlaceOf(this.path)) {
				assertThat(instance.awaitExit()).as(instance.output()).isEqualTo(75);
				assertThat(intruder.process().isAlive()).isTrue();
			}
		}
	}

	private ApplicationProcess runWithoutServer(Class<?> bean, String... args) {
		return Orders.runWithoutServer(this.path,
				Stream.concat(Stream.of(SHORT, SHUTDOWN, "--spring.main.sources=" + bean.getName()), Stream.of(args))
					.toArray(String[]::new));
	}

	/**
	 * A bean that is created when the lock is lost.
	 */
	static class LostWhileStarting {

		LostWhileStarting(LockFileWatch watch) {
			System.out.println("Waiting for the loss");
			Awaitility.await()
				.atMost(Duration.ofMinutes(2))
				.until(() -> watch.state().verification().status() == Status.LOST);
		}

	}

}
