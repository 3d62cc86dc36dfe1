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
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

import com.sun.management.ThreadMXBean;
import io.github.lockfile.LockFile;
import io.github.lockfile.Verification.Status;
import io.github.lockfile.spring.boot.actuate.LockFileEndpoint;
import io.github.lockfile.spring.boot.actuate.LockFileEndpoint.LockFileDescriptor;
import io.github.lockfile.spring.boot.actuate.LockFileHealthIndicator;
import io.github.lockfile.spring.boot.watch.LockFileWatch;
import io.github.lockfile.spring.boot.watch.LockState;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.LockPathTestCase;
import io.github.lockfile.testsupport.Outsider;
import io.github.lockfile.testsupport.Shell;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(OutputCaptureExtension.class)
class LockVerifierTests extends LockPathTestCase {

	private static final String PID = Long.toString(ProcessHandle.current().pid());

	private static final String SHORT = "--lockfile.verify-interval=20ms";

	@Test
	void aHealthyLockIsVerifiedAgainAndAgain(CapturedOutput output) {
		try (ConfigurableApplicationContext context = run(SHORT)) {
			Instant start = Instant.now();
			Awaitility.await().until(() -> verifiedAt(context).isAfter(start.plusMillis(100)));
			LockFileDescriptor shown = endpoint(context);
			assertThat(shown.getPath()).isEqualTo(this.path.toString());
			assertThat(shown.getContent()).isEqualTo(PID);
			assertThat(shown.getStatus()).isEqualTo("HELD");
			assertThat(shown.getReason()).isNull();
			assertThat(shown.getAcquiredAt()).isEqualTo(context.getBean(LockFile.class).acquiredAt());
			assertThat(shown.getVerifiedAt()).isAfter(start);
			assertThat(shown.getLastRepair()).isNull();
			assertThat(shown.getNativeLock()).isFalse();
			assertThat(shown.getWhyNotNative()).isEqualTo(context.getBean(LockFile.class).whyNotNative());
			assertThat(shown.getCluster()).isNull();
			assertThat(health(context)).satisfies((health) -> {
				assertThat(health.getStatus().getCode()).isEqualTo("UP");
				assertThat(health.getDetails()).containsEntry("path", this.path.toString())
					.containsEntry("content", PID)
					.containsEntry("status", Status.HELD)
					.doesNotContainKey("reason");
			});
		}
		assertThat(output).doesNotContain("WARN", "ERROR");
	}

	@Test
	void aMissingFileIsRepairedWithOneWarning(CapturedOutput output) throws IOException {
		try (ConfigurableApplicationContext context = run(SHORT)) {
			Files.delete(this.path);
			Awaitility.await().until(() -> output.getOut().contains("has been repaired"));
			Instant repaired = Instant.now();
			Awaitility.await().until(() -> verifiedAt(context).isAfter(repaired));
			assertThat(output).containsOnlyOnce("has been repaired")
				.contains("WARN", "The file was missing and has been created again");
			assertThat(health(context).getStatus().getCode()).isEqualTo("UP");
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
		assertThat(this.path).content(StandardCharsets.UTF_8).isEqualTo(" " + PID + "\n");
	}

	@Test
	void aLostLockIsReported(CapturedOutput output) {
		try (ConfigurableApplicationContext context = run("--lockfile.verify-interval=100ms")) {
			try (ChildJvm intruder = HolderProcess.holdInPlaceOf(this.path)) {
				Awaitility.await().until(() -> availability(context) == LivenessState.BROKEN);
				String reason = endpoint(context).getReason();
				assertThat(reason).contains(Long.toString(intruder.pid()));
				assertThat(health(context)).satisfies((health) -> {
					assertThat(health.getStatus().getCode()).isEqualTo("DOWN");
					assertThat(health.getDetails()).containsEntry("status", Status.LOST)
						.containsEntry("reason", reason);
				});
				assertThat(endpoint(context).getStatus()).isEqualTo("LOST");
				assertThat(endpoint(context).getReason()).isEqualTo(reason);
				assertThat(output).containsOnlyOnce("is lost: this is no longer the only instance. " + reason)
					.contains("ERROR");
				assertThat(context.isActive()).isTrue();
			}
		}
	}

	@Test
	void doubtIsReportedOnceAndIsNoLoss(CapturedOutput output) throws IOException {
		try (ConfigurableApplicationContext context = run("--lockfile.verify-interval=100ms")) {
			// The file is replaced in one step: a missing one would be repaired.
			Shell.script("ln -s elsewhere %1$s.link && mv %1$s.link %1$s", this.path);
			Awaitility.await().until(() -> endpoint(context).getStatus().equals("UNVERIFIED"));
			Instant seen = Instant.now();
			Awaitility.await().until(() -> verifiedAt(context).isAfter(seen));
			assertThat(health(context).getStatus().getCode()).isEqualTo("UP");
			assertThat(health(context).getDetails()).containsEntry("reason", "it is a symbolic link");
			assertThat(context.getBean(LockFileWatch.class).isHeld()).as("a doubt is no loss").isTrue();
			assertThat(output).containsOnlyOnce("cannot be verified: it is a symbolic link");
			Files.delete(this.path);
			Awaitility.await().until(() -> endpoint(context).getStatus().equals("HELD"));
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
	}

	@ParameterizedTest
	@CsvSource({ "PT1H, PT3H", "PT9S, PT30S" })
	void aVerificationIsOverdueAfterThreeIntervalsAndAtLeastHalfAMinute(Duration interval, Duration allowed) {
		AtomicLong clock = new AtomicLong();
		try (ConfigurableApplicationContext context = run("--lockfile.verify-interval=0s")) {
			LockVerifier watch = verifier(context, interval, clock::get);
			clock.addAndGet(allowed.toNanos());
			assertThat(watch.isHeld()).isTrue();
			assertThat(watch.state().isHeld()).isTrue();
			clock.incrementAndGet();
			assertThat(watch.isHeld()).isFalse();
			assertThat(watch.state().isHeld()).isFalse();
			assertThat(watch.state().verification().status()).isEqualTo(Status.UNVERIFIED);
			assertThat(watch.state().verification().reason()).startsWith("Verification has not finished since ");
			watch.verify();
			assertThat(watch.isHeld()).isTrue();
		}
	}

	@Test
	void aVerificationThatComesAfterTheReleaseReportsNothing(CapturedOutput output) {
		try (ConfigurableApplicationContext context = run("--lockfile.verify-interval=1h")) {
			LockVerifier watch = verifier(context, Duration.ofHours(1), System::nanoTime);
			watch.released();
			watch.verify();
			assertThat(watch.state().verification().status()).isEqualTo(Status.RELEASED);
			assertThat(watch.isHeld()).isFalse();
			assertThat(output).doesNotContain("has been released by the application itself");
		}
	}

	private static LockVerifier verifier(ConfigurableApplicationContext context, Duration interval,
			LongSupplier nanoTime) {
		WatchLog log = new WatchLog();
		ApplicationEvents events = new ApplicationEvents(context, log);
		return new LockVerifier(context.getBean(LockFile.class), interval, context, events, log,
				new LockLoss(events, log, null), nanoTime);
	}

	@Test
	void whatIsShownIsOfOneMoment() {
		AtomicLong clock = new AtomicLong();
		try (ConfigurableApplicationContext context = run("--lockfile.verify-interval=0s")) {
			// The time for a verification runs out between any two looks at the clock.
			LockVerifier watch = verifier(context, Duration.ofSeconds(1),
					() -> clock.getAndAdd(Duration.ofSeconds(7).toNanos()));
			for (int i = 0; i < 10; i++) {
				LockState state = watch.state();
				assertThat(state.isHeld()).isEqualTo(state.verification().status() == Status.HELD);
			}
			assertThat(watch.state().isHeld()).isFalse();
		}
	}

	@Test
	void askingWhetherItIsHeldAllocatesNothing() {
		try (ConfigurableApplicationContext context = run("--lockfile.verify-interval=1h")) {
			LockFileWatch watch = context.getBean(LockFileWatch.class);
			ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
			boolean held = true;
			for (int i = 0; i < 100_000; i++) {
				held &= watch.isHeld();
			}
			long before = threads.getCurrentThreadAllocatedBytes();
			for (int i = 0; i < 100_000; i++) {
				held &= watch.isHeld();
			}
			assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(100_000);
			assertThat(held).isTrue();
		}
	}

	@Test
	void zeroTurnsTheWatchOff() {
		try (ConfigurableApplicationContext context = run("--lockfile.verify-interval=0s")) {
			// Watch threads of earlier tests may still be about to end.
			Awaitility.await().until(() -> watchThreads().isEmpty());
			Instant started = Instant.now();
			assertThat(endpoint(context).getVerifiedAt()).isBefore(started);
			assertThat(health(context).getStatus().getCode()).isEqualTo("UP");
		}
	}

	@Test
	void theIntervalMayBeCenturies() {
		try (ConfigurableApplicationContext context = run("--lockfile.verify-interval=150000d")) {
			assertThat(context.getBean(LockFileWatch.class).isHeld()).isTrue();
			assertThat(health(context).getStatus().getCode()).isEqualTo("UP");
		}
	}

	@Test
	void oneDaemonThreadWatchesAndEndsWithTheContext() {
		ConfigurableApplicationContext context = run(SHORT);
		try (context) {
			new SpringApplicationBuilder(Empty.class).parent(context)
				.web(WebApplicationType.NONE)
				.run("--lockfile.path=" + this.path);
			Awaitility.await().until(() -> !watchThreads().isEmpty());
			assertThat(watchThreads()).singleElement().satisfies((thread) -> assertThat(thread.isDaemon()).isTrue());
		}
		Awaitility.await().until(() -> watchThreads().isEmpty());
	}

	@Test
	void allThreadsEndWithTheContext() {
		try (ConfigurableApplicationContext context = run(SHORT, "--lockfile.on-lost=shutdown")) {
			assertThat(context.isActive()).isTrue();
			assertThat(threads("lockfile-")).extracting(Thread::getName)
				.contains("lockfile-watch", "lockfile-events", "lockfile-availability", "lockfile-log",
						"lockfile-halt");
			assertThat(threads("lockfile-")).allMatch(Thread::isDaemon);
		}
		Awaitility.await().until(() -> threads("lockfile-").isEmpty());
	}

	@Test
	void nothingIsShownWithoutALock() {
		System.setProperty("spring.aot.processing", "true");
		try (ConfigurableApplicationContext context = run()) {
			assertThat(endpoint(context).getStatus()).isEqualTo("DISABLED");
			assertThat(health(context).getStatus().getCode()).isEqualTo("UNKNOWN");
		}
		finally {
			System.clearProperty("spring.aot.processing");
		}
	}

	@Test
	void disablingHealthLeavesTheEndpoint() {
		try (ConfigurableApplicationContext context = run("--management.health.lockfile.enabled=false")) {
			assertThat(context.containsBean("lockfileHealthIndicator")).isFalse();
			assertThat(context.getBean(LockFileEndpoint.class)).isNotNull();
		}
	}

	@Test
	void theEndpointIsNotThereUnlessExposed() {
		try (ConfigurableApplicationContext context = run("--management.endpoints.jmx.exposure.include=info")) {
			assertThat(context.getBeanNamesForType(LockFileEndpoint.class)).isEmpty();
			assertThat(context.getBean(LockFileHealthIndicator.class)).isNotNull();
		}
	}

	private static List<Thread> watchThreads() {
		return threads("lockfile-watch");
	}

	private static List<Thread> threads(String name) {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().startsWith(name))
			.toList();
	}

	private static LockFileDescriptor endpoint(ConfigurableApplicationContext context) {
		return Objects.requireNonNull(context.getBean(LockFileEndpoint.class).lockFile());
	}

	private static Instant verifiedAt(ConfigurableApplicationContext context) {
		return Objects.requireNonNull(endpoint(context).getVerifiedAt());
	}

	private static Health health(ConfigurableApplicationContext context) {
		return Objects.requireNonNull(context.getBean(LockFileHealthIndicator.class).health());
	}

	private static LivenessState availability(ConfigurableApplicationContext context) {
		return context.getBean(ApplicationAvailability.class).getLivenessState();
	}

	private ConfigurableApplicationContext run(String... args) {
		List<String> arguments = new ArrayList<>(List.of("--lockfile.path=" + this.path));
		arguments.addAll(List.of(args));
		return new SpringApplicationBuilder(Empty.class).web(WebApplicationType.NONE)
			.properties("management.endpoints.jmx.exposure.include=lockfile", "spring.jmx.enabled=true")
			.run(arguments.toArray(String[]::new));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Empty {

	}

}
