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

package io.github.lockfile.spring.boot.starter.benchmark;

import java.nio.file.Path;

import com.example.orders.OrdersApplication;
import io.github.lockfile.ContentTemplate;
import io.github.lockfile.LockFile;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.event.ApplicationContextInitializedEvent;
import org.springframework.boot.context.logging.LoggingApplicationListener;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;

/**
 * The sample with clocks in it, for steps that take place once in a JVM.
 */
final class TimedOrders {

	private static final int LOCK = LoggingApplicationListener.DEFAULT_ORDER + 10;

	private static long start;

	private TimedOrders() {
	}

	/**
	 * Starts the application, prints the nanoseconds that a step has taken, and ends: our
	 * listener as a whole, or the acquire alone at the same moment, in an application
	 * whose lock is turned off.
	 * @param args {@code listener}, or {@code acquire} and a path; then the command line
	 */
	public static void main(String[] args) {
		SpringApplication application = new SpringApplication(OrdersApplication.class);
		if (args[0].equals("listener")) {
			application.addListeners(new Step(LOCK - 1, TimedOrders::start), new Step(LOCK + 1, TimedOrders::end));
		}
		else {
			application.addListeners(new Step(LOCK, () -> acquire(args[1])));
		}
		application.run(args);
	}

	private static void start() {
		start = System.nanoTime();
	}

	private static void end() {
		long end = System.nanoTime();
		System.out.println("nanoseconds " + (end - start));
		System.out.flush();
		Runtime.getRuntime().halt(0);
	}

	private static void acquire(String path) {
		start();
		LockFile lock = LockFile.acquire(Path.of(path), ContentTemplate.of("{pid};{hostname}"));
		end();
		lock.close();
	}

	/**
	 * What is done before any bean is defined.
	 */
	private record Step(int order, Runnable action)
			implements ApplicationListener<ApplicationContextInitializedEvent>, Ordered {

		@Override
		public int getOrder() {
			return this.order;
		}

		@Override
		public void onApplicationEvent(ApplicationContextInitializedEvent event) {
			this.action.run();
		}

	}

}
