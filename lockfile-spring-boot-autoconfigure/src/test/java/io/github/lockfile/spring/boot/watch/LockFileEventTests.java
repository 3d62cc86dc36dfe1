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

package io.github.lockfile.spring.boot.watch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.lockfile.LockFile;
import io.github.lockfile.spring.boot.actuate.LockFileEndpoint;
import io.github.lockfile.spring.boot.actuate.LockFileHealthIndicator;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.LockPathTestCase;
import io.github.lockfile.testsupport.Outsider;
import io.github.lockfile.testsupport.Shell;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.ApplicationPidFileWriter;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the application is told, and what it says of itself then.
 */
@ExtendWith(OutputCaptureExtension.class)
class LockFileEventTests extends LockPathTestCase {

	private static final String PID = Long.toString(ProcessHandle.current().pid());

	@Test
	void aRepairIsTold() throws IOException {
		try (ConfigurableApplicationContext context = run(Listening.class)) {
			Instant before = Instant.now();
			Files.delete(this.path);
			assertTold(context, LockFileRestoredEvent.class, before);
		}
	}

	@Test
	void aDoubtIsToldOnce() {
		try (ConfigurableApplicationContext context = run(Listening.class)) {
			Instant before = Instant.now();
			// The file is replaced in one step: a missing one would be repaired.
			Shell.script("ln -s elsewhere %1$s.link && mv %1$s.link %1$s", this.path);
			assertTold(context, LockFileDoubtEvent.class, before);
			Instant told = Instant.now();
			Awaitility.await()
				.until(() -> context.getBean(LockFileWatch.class).state().verification().verifiedAt().isAfter(told));
			assertThat(context.getBean(Listening.class).events).hasSize(1);
		}
	}

	@Test
	void aLossIsTold() {
		try (ConfigurableApplicationContext context = run(Listening.class)) {
			Instant before = Instant.now();
			try (ChildJvm intruder = HolderProcess.holdInPlaceOf(this.path)) {
				assertTold(context, LockFileLostEvent.class, before);
				assertThat(intruder.process().isAlive()).isTrue();
			}
		}
	}

	private void assertTold(ConfigurableApplicationContext context, Class<? extends LockFileEvent> type,
			Instant before) {
		List<LockFileEvent> events = context.getBean(Listening.class).events;
		Awaitility.await().until(() -> events.stream().anyMatch(type::isInstance));
		LockFileEvent event = events.stream().filter(type::isInstance).findFirst().orElseThrow();
		assertThat(event.path()).isEqualTo(this.path);
		assertThat(event.content()).isEqualTo(PID);
		assertThat(event.reason()).isNotEmpty();
		assertThat(event.time()).isBetween(before, Instant.now());
		assertThat(event.getSource()).isSameAs(context);
	}

	@Test
	void aListenerThatFailsOrBlocksDisturbsNoVerification(CapturedOutput output) throws IOException {
		try (ConfigurableApplicationContext context = run(Blocking.class)) {
			Files.delete(this.path);
			Awaitility.await().until(() -> output.getOut().contains("a listener that fails"));
			assertThat(output).contains("A listener failed on LockFileRestoredEvent");
			Blocking blocking = context.getBean(Blocking.class);
			blocking.block.set(true);
			Files.delete(this.path);
			Awaitility.await().until(() -> blocking.blocked.getCount() == 0);
			Files.delete(this.path);
			Awaitility.await().until(() -> context.getBean(LockFileWatch.class).state().repairs() == 3);
			blocking.released.countDown();
		}
	}

	@Test
	void whatHappensWhileTheApplicationStartsIsToldAfterIt() {
		try (ConfigurableApplicationContext context = run(SlowToStart.class)) {
			List<LockFileEvent> events = context.getBean(SlowToStart.class).events;
			Awaitility.await().until(() -> !events.isEmpty());
			assertThat(events).singleElement().isInstanceOf(LockFileRestoredEvent.class);
		}
	}

	@Test
	void anApplicationWithoutItsLockIsBrokenWhateverIsSaidOfIt() {
		try (ConfigurableApplicationContext context = run(Listening.class);
				ChildJvm intruder = HolderProcess.holdInPlaceOf(this.path)) {
			assertThat(intruder.process().isAlive()).isTrue();
			awaitBroken(context);
			for (int i = 0; i < 20; i++) {
				AvailabilityChangeEvent.publish(context, LivenessState.CORRECT);
				AvailabilityChangeEvent.publish(context, ReadinessState.ACCEPTING_TRAFFIC);
				awaitBroken(context);
			}
		}
	}

	/**
	 * The probes of a web application whose parent has the lock ask the child.
	 */
	@Test
	void aChildWithoutTheLockOfItsParentIsBrokenToo() {
		try (ConfigurableApplicationContext parent = new SpringApplicationBuilder(Common.class)
			.web(WebApplicationType.NONE)
			.run("--lockfile.path=" + this.path, "--lockfile.verify-interval=20ms");
				ConfigurableApplicationContext child = new SpringApplicationBuilder(Listening.class).parent(parent)
					.web(WebApplicationType.NONE)
					.run()) {
			ApplicationAvailability availability = child.getBean(ApplicationAvailability.class);
			assertThat(availability.getLivenessState()).isEqualTo(LivenessState.CORRECT);
			assertThat(availability.getReadinessState()).isEqualTo(ReadinessState.ACCEPTING_TRAFFIC);
			try (ChildJvm intruder = HolderProcess.holdInPlaceOf(this.path)) {
				assertThat(intruder.process().isAlive()).isTrue();
				awaitBroken(child);
			}
		}
	}

	private static void awaitBroken(ConfigurableApplicationContext context) {
		ApplicationAvailability availability = context.getBean(ApplicationAvailability.class);
		Awaitility.await()
			.until(() -> availability.getLivenessState() == LivenessState.BROKEN
					&& availability.getReadinessState() == ReadinessState.REFUSING_TRAFFIC);
	}

	@Test
	void theLastRepairIsKept() throws IOException {
		try (ConfigurableApplicationContext context = run(Listening.class)) {
			LockFileEndpoint endpoint = context.getBean(LockFileEndpoint.class);
			assertThat(endpoint.lockFile().getLastRepair()).isNull();
			Instant before = Instant.now();
			Files.delete(this.path);
			Awaitility.await().until(() -> context.getBean(LockFileWatch.class).state().repairs() == 1);
			Awaitility.await().until(() -> endpoint.lockFile().getStatus().equals("HELD"));
			assertThat(endpoint.lockFile().getReason()).isNull();
			assertThat(endpoint.lockFile().getLastRepair()).isNotNull().satisfies((repair) -> {
				assertThat(repair.repairedAt()).isBetween(before, Instant.now());
				assertThat(repair.reason()).isNotEmpty();
			});
		}
	}

	@Test
	void aLockThatTheApplicationReleasesIsReported(CapturedOutput output) {
		try (ConfigurableApplicationContext context = run(Listening.class)) {
			context.getBean(LockFile.class).close();
			Awaitility.await().until(() -> output.getOut().contains("has been released by the application itself"));
			assertThat(context.getBean(LockFileEndpoint.class).lockFile().getStatus()).isEqualTo("RELEASED");
			assertThat(context.getBean(LockFileHealthIndicator.class).health()).isNotNull()
				.satisfies((health) -> assertThat(health.getStatus().getCode()).isEqualTo("DOWN"));
			assertThat(context.getBean(LockFileWatch.class).isHeld()).isFalse();
		}
	}

	@Test
	void theLogTellsAcquireAndReleaseAndAtDebugWhatVerificationsFindAnew(CapturedOutput output) throws IOException {
		String verified = "Verified lock file '" + this.path + "'";
		try (ConfigurableApplicationContext context = run(Listening.class,
				"--logging.level.io.github.lockfile=debug")) {
			Instant started = Instant.now();
			awaitVerification(context, started.plusMillis(200));
			assertThat(output).as("an idle application").doesNotContain(verified);
			Files.delete(this.path);
			Awaitility.await().until(() -> output.getOut().contains(verified + ": Verification[status=HELD"));
			awaitVerification(context, Instant.now().plusMillis(200));
			assertThat(output.getOut().split(verified, -1)).as("restored, and held again").hasSize(3);
			LoggingSystem.get(getClass().getClassLoader()).setLogLevel("io.github.lockfile", LogLevel.TRACE);
			Awaitility.await().until(() -> output.getOut().split(verified, -1).length > 4);
		}
		finally {
			LoggingSystem.get(getClass().getClassLoader()).setLogLevel("io.github.lockfile", null);
		}
		assertThat(output).containsOnlyOnce("Acquired lock file '" + this.path + "'\n")
			.containsOnlyOnce("Released lock file '" + this.path + "'\n")
			.doesNotContain("has been released by the application itself");
	}

	private static void awaitVerification(ConfigurableApplicationContext context, Instant after) {
		Awaitility.await()
			.until(() -> context.getBean(LockFileWatch.class).state().verification().verifiedAt().isAfter(after));
	}

	@Test
	void aPidFileWriterThatDropsTheLockIsNoticedAtOnce(CapturedOutput output) {
		AtomicBoolean repaired = new AtomicBoolean();
		ApplicationPidFileWriter writer = new ApplicationPidFileWriter(this.path.toFile());
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Listening.class)
			.web(WebApplicationType.NONE)
			.listeners(writer)
			.properties("lockfile.path=" + this.path, "lockfile.verify-interval=1h")
			.run()) {
			Awaitility.await()
				.until(() -> context.getBean(LockFileWatch.class).state().verification().verifiedAt(),
						(verifiedAt) -> verifiedAt.isAfter(context.getBean(LockFile.class).acquiredAt()));
			repaired.set(Outsider.isRefused(this.path));
		}
		assertThat(repaired).isTrue();
		assertThat(output).contains("Acquired lock file");
	}

	private ConfigurableApplicationContext run(Class<?> source, String... args) {
		List<String> arguments = new ArrayList<>(
				List.of("--lockfile.path=" + this.path, "--lockfile.verify-interval=20ms",
						"--management.endpoints.jmx.exposure.include=lockfile", "--spring.jmx.enabled=true"));
		arguments.addAll(List.of(args));
		return new SpringApplicationBuilder(source).web(WebApplicationType.NONE).run(arguments.toArray(String[]::new));
	}

	@Configuration(proxyBeanMethods = false)
	static class Common {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Listening {

		private final List<LockFileEvent> events = new CopyOnWriteArrayList<>();

		@EventListener
		void on(LockFileEvent event) {
			this.events.add(event);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Blocking {

		private final AtomicBoolean block = new AtomicBoolean();

		private final CountDownLatch blocked = new CountDownLatch(1);

		private final CountDownLatch released = new CountDownLatch(1);

		@EventListener
		void on(LockFileRestoredEvent event) throws InterruptedException {
			if (this.block.get()) {
				this.blocked.countDown();
				assertThat(this.released.await(1, TimeUnit.MINUTES)).isTrue();
			}
			throw new IllegalStateException("a listener that fails");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class SlowToStart {

		private final List<LockFileEvent> events = new CopyOnWriteArrayList<>();

		@EventListener
		void on(LockFileEvent event) {
			this.events.add(event);
		}

		@Bean
		Object slow(Environment environment, LockFileWatch watch) throws IOException {
			Files.delete(Path.of(environment.getRequiredProperty("lockfile.path")));
			Awaitility.await().until(() -> watch.state().repairs() == 1);
			return new Object();
		}

	}

}
