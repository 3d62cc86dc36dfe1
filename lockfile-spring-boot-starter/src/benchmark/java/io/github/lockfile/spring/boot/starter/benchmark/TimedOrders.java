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

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

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

	private static long startCpu;

	private TimedOrders() {
	}

	/**
	 * Starts the application, prints the nanoseconds that a step has taken, and ends: our
	 * listener as a whole; or, in an application whose lock is turned off, the acquire
	 * alone at the same moment, or a lock with nothing but the JDK.
	 * @param args {@code listener}, {@code acquire} or {@code bare}; a path; then the
	 * command line
	 */
	public static void main(String[] args) {
		SpringApplication application = new SpringApplication(OrdersApplication.class);
		Path path = Path.of(args[1]);
		switch (args[0]) {
			case "listener" ->
				application.addListeners(new Step(LOCK - 1, TimedOrders::start), new Step(LOCK + 1, TimedOrders::end));
			case "acquire" -> application.addListeners(new Step(LOCK, () -> acquire(path)));
			case "bare" -> application.addListeners(new Step(LOCK, () -> bare(path)));
			default -> throw new IllegalArgumentException(args[0]);
		}
		application.run(args);
	}

	private static void start() {
		startCpu = cpuNanos();
		start = System.nanoTime();
	}

	private static void end() {
		long end = System.nanoTime();
		long endCpu = cpuNanos();
		System.out.println("nanoseconds " + (end - start) + " " + (endCpu - startCpu));
		System.out.flush();
		Runtime.getRuntime().halt(0);
	}

	/**
	 * Returns for how long this thread has had a processor. Other threads of the starting
	 * JVM take it away for milliseconds.
	 */
	private static long cpuNanos() {
		return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
	}

	private static void acquire(Path path) {
		start();
		LockFile lock = LockFile.acquire(path, ContentTemplate.of("{pid};{hostname}"));
		end();
		lock.close();
	}

	private static void bare(Path path) {
		start();
		try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ,
				StandardOpenOption.WRITE)) {
			if (channel.tryLock() != null) {
				byte[] record = Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.UTF_8);
				channel.write(ByteBuffer.wrap(record));
				channel.truncate(record.length);
				end();
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
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
