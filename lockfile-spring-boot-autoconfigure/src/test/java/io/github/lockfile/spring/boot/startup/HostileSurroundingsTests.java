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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.spi.FilterReply;
import io.github.lockfile.spring.boot.FullHeap;
import io.github.lockfile.spring.boot.watch.LockFileDoubtEvent;
import io.github.lockfile.spring.boot.watch.LockFileEvent;
import io.github.lockfile.spring.boot.watch.LockFileLostEvent;
import io.github.lockfile.spring.boot.watch.LockFileRestoredEvent;
import io.github.lockfile.spring.boot.watch.LockFileWatch;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.LockPathTestCase;
import io.github.lockfile.testsupport.Outsider;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What surrounds the watch fails: it goes on.
 */
class HostileSurroundingsTests extends LockPathTestCase {

	private final Logger logger = (Logger) LoggerFactory.getLogger("io.github.lockfile");

	private @Nullable Appender<ILoggingEvent> appender;

	private @Nullable TurboFilter filter;

	@AfterEach
	void detach() {
		if (this.appender != null) {
			this.logger.detachAppender(this.appender);
		}
		if (this.filter != null) {
			this.logger.getLoggerContext().getTurboFilterList().remove(this.filter);
		}
	}

	private void attach(Appender<ILoggingEvent> appender) {
		this.appender = appender;
		appender.start();
		this.logger.addAppender(appender);
	}

	@ParameterizedTest
	@ValueSource(classes = { IllegalStateException.class, OutOfMemoryError.class, StackOverflowError.class,
			NoClassDefFoundError.class })
	void aLogThatThrowsDoesNotEndTheWatch(Class<? extends Throwable> type) throws Exception {
		Throwable failure = type.getDeclaredConstructor().newInstance();
		try (ConfigurableApplicationContext context = run()) {
			// Only the threads of the watch are disturbed.
			attach(new FailingAppender((event) -> event.getThreadName().startsWith("lockfile-"), failure));
			assertGoesOn(context);
		}
	}

	@Test
	void aLogThatHangsDoesNotDelayTheWatch() throws Exception {
		HangingAppender hanging = new HangingAppender();
		try (ConfigurableApplicationContext context = run()) {
			attach(hanging);
			assertGoesOn(context);
			assertThat(hanging.hangs.getCount()).isZero();
		}
		finally {
			hanging.goesOn.countDown();
		}
	}

	@Test
	void aFilterOfTheLogThatThrowsDoesNotEndTheWatch() throws IOException {
		try (ConfigurableApplicationContext context = run()) {
			filter(() -> {
				throw new IllegalStateException("expected");
			});
			assertGoesOn(context);
		}
	}

	@Test
	void aFilterOfTheLogThatHangsDoesNotDelayTheWatch() throws IOException {
		HangingAppender hanging = new HangingAppender();
		try (ConfigurableApplicationContext context = run()) {
			filter(hanging::hang);
			assertGoesOn(context);
			assertThat(hanging.hangs.getCount()).isZero();
		}
		finally {
			hanging.goesOn.countDown();
		}
	}

	/**
	 * Has something done whenever it is asked whether a thread of the watch may log.
	 */
	private void filter(Runnable work) {
		this.filter = new TurboFilter() {

			@Override
			public FilterReply decide(@Nullable Marker marker, Logger logger, Level level, @Nullable String format,
					Object @Nullable [] params, @Nullable Throwable failure) {
				if (logger.getName().startsWith("io.github.lockfile")
						&& Thread.currentThread().getName().startsWith("lockfile-")) {
					work.run();
				}
				return FilterReply.NEUTRAL;
			}

		};
		this.logger.getLoggerContext().addTurboFilter(this.filter);
	}

	@ParameterizedTest
	@ValueSource(classes = { StackOverflowError.class, NoClassDefFoundError.class, OutOfMemoryError.class,
			IllegalStateException.class })
	void aListenerThatThrowsDoesNotEndTheWatch(Class<? extends Throwable> type) throws Exception {
		try (ConfigurableApplicationContext context = run()) {
			context.getBean(Listening.class).failure = type.getDeclaredConstructor().newInstance();
			assertGoesOn(context);
		}
	}

	private void assertGoesOn(ConfigurableApplicationContext context) throws IOException {
		LockFileWatch watch = context.getBean(LockFileWatch.class);
		List<LockFileEvent> events = context.getBean(Listening.class).events;
		for (int i = 1; i <= 3; i++) {
			int repairs = i;
			Files.delete(this.path);
			Awaitility.await().until(() -> watch.state().repairs() == repairs);
			Awaitility.await().until(() -> events.size() == repairs);
		}
		assertThat(events).hasOnlyElementsOfType(LockFileRestoredEvent.class);
		assertThat(watch.isHeld()).isTrue();
		try (ChildJvm intruder = HolderProcess.holdInPlaceOf(this.path)) {
			Awaitility.await().until(() -> events.stream().anyMatch(LockFileLostEvent.class::isInstance));
			assertThat(watch.isHeld()).isFalse();
			assertThat(intruder.process().isAlive()).isTrue();
		}
	}

	@Test
	void aFullHeapDoesNotEndTheWatch() throws IOException {
		try (ChildJvm instance = start()) {
			instance.awaitOutput("Started");
			instance.send("fill").awaitOutput("Filling");
			Files.delete(this.path);
			instance.awaitOutput("Freed");
			Awaitility.await().until(() -> Files.exists(this.path));
			Awaitility.await().until(() -> Outsider.isRefused(this.path));
		}
	}

	@Test
	void aLossWhileTheHeapIsFullEndsTheProcess() {
		try (ChildJvm instance = start("--lockfile.on-lost=shutdown", "--lockfile.shutdown-timeout=5s")) {
			instance.awaitOutput("Started");
			instance.send("fill").awaitOutput("Filling");
			try (ChildJvm intruder = HolderProcess.holdInPlaceOf(this.path)) {
				assertThat(instance.awaitExit()).as(instance.output()).isEqualTo(75);
				assertThat(intruder.process().isAlive()).isTrue();
			}
		}
	}

	private ChildJvm start(String... args) {
		List<String> arguments = new ArrayList<>(List.of("--lockfile.path=" + this.path,
				"--lockfile.verify-interval=100ms", "--spring.main.banner-mode=off"));
		arguments.addAll(List.of(args));
		return ChildJvm.start(List.of(), FullHeap.OPTIONS, System.getProperty("java.class.path"),
				Leaking.class.getName(), arguments.toArray());
	}

	private ConfigurableApplicationContext run() {
		return new SpringApplicationBuilder(Listening.class).web(WebApplicationType.NONE)
			.run("--lockfile.path=" + this.path, "--lockfile.verify-interval=50ms");
	}

	@Configuration(proxyBeanMethods = false)
	static class Listening {

		private final List<LockFileEvent> events = new CopyOnWriteArrayList<>();

		private volatile @Nullable Throwable failure;

		@EventListener
		void on(LockFileEvent event) throws Throwable {
			if (!(event instanceof LockFileDoubtEvent)) {
				this.events.add(event);
			}
			if (this.failure != null) {
				throw this.failure;
			}
		}

	}

	/**
	 * An application that fills its heap when it is told to.
	 */
	static class Leaking {

		public static void main(String[] args) throws IOException {
			SpringApplication application = new SpringApplication(Leaking.class);
			application.setWebApplicationType(WebApplicationType.NONE);
			application.run(args);
			System.out.println("Started");
			while (System.in.read() != -1) {
				if (System.in.available() == 0) {
					System.out.println("Filling");
					FullHeap.fill(Duration.ofSeconds(5));
					System.out.println("Freed");
				}
			}
		}

	}

	/**
	 * A log into a pipe that nobody reads. Those that hang wait without the monitor.
	 */
	@SuppressWarnings("UnsynchronizedOverridesSynchronized")
	private static final class HangingAppender extends AppenderBase<ILoggingEvent> {

		private final CountDownLatch hangs = new CountDownLatch(1);

		private final CountDownLatch goesOn = new CountDownLatch(1);

		@Override
		public void doAppend(ILoggingEvent event) {
			if (event.getThreadName().startsWith("lockfile-")) {
				hang();
			}
		}

		private void hang() {
			this.hangs.countDown();
			try {
				this.goesOn.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

		@Override
		protected void append(ILoggingEvent event) {
		}

	}

}
