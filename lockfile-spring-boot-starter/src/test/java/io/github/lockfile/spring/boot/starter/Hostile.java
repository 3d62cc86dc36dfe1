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

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.github.lockfile.testsupport.Outsider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.ExitCodeGenerator;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.env.Environment;

/**
 * Beans that do what a bean may do, to the annoyance of who wants to end. Added by
 * {@code spring.main.sources}.
 */
final class Hostile {

	private static final Logger logger = LoggerFactory.getLogger(Hostile.class);

	private Hostile() {
	}

	private static void block() {
		try {
			new CountDownLatch(1).await();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * A listener that does not return.
	 */
	static class BlockingListener implements ApplicationListener<AvailabilityChangeEvent<?>> {

		@Override
		public void onApplicationEvent(AvailabilityChangeEvent<?> event) {
			if (event.getState().toString().equals("BROKEN")) {
				logger.info("Blocking");
				block();
			}
		}

	}

	/**
	 * A bean that cannot be destroyed.
	 */
	static class HangingBean implements DisposableBean {

		@Override
		public void destroy() {
			logger.info("Hanging");
			block();
		}

	}

	/**
	 * A bean that would choose the exit code, and fails to.
	 */
	static class FailingExitCode implements ExitCodeGenerator {

		@Override
		public int getExitCode() {
			throw new AssertionError("no exit code");
		}

	}

	/**
	 * A bean that takes longer to create than any test lasts.
	 */
	static class SlowToStart {

		SlowToStart() {
			logger.info("Migrating");
			long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(10);
			while (System.nanoTime() < end) {
				LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
			}
		}

	}

	/**
	 * Work that is done after the context is closed, in Boot's hook and in one of its
	 * own.
	 */
	static class WorkAtTheEnd {

		WorkAtTheEnd(Environment environment) {
			Path lockFile = Path.of(environment.getRequiredProperty("lockfile.path"));
			SpringApplication.getShutdownHandlers().add(() -> look("handler", lockFile));
			Runtime.getRuntime().addShutdownHook(new Thread(() -> look("hook", lockFile)));
		}

		// At the same time, two outsiders would refuse each other.
		private static synchronized void look(String where, Path lockFile) {
			System.out.printf("In the shutdown %s, an outsider is %s%n", where,
					Outsider.isRefused(lockFile) ? "refused" : "let in");
		}

	}

}
