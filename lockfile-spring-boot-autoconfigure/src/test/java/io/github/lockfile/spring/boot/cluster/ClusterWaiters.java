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

package io.github.lockfile.spring.boot.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Shell;

import org.springframework.util.FileSystemUtils;

/**
 * Has many wait for the lock, measures what that costs the engine, and kills the holder:
 * {@code ClusterWaiters postgresql|mariadb|mysql 40}.
 */
final class ClusterWaiters {

	private static final Duration LEASE = Duration.ofSeconds(6);

	private ClusterWaiters() {
	}

	public static void main(String[] args) throws Exception {
		Path directory = Files.createTempDirectory("cluster-waiters-");
		try (TestEngine engine = switch (args[0]) {
			case "postgresql" -> new TestPostgreSql(directory);
			case "mariadb" -> new TestMariaDb(directory);
			case "mysql" -> new TestMySql(directory);
			default -> throw new IllegalArgumentException(args[0]);
		}) {
			engine.start();
			if (engine instanceof TestPostgreSql) {
				engine.execute("alter system set log_statement = 'all'");
				engine.crash();
				engine.start();
			}
			engine.awaitUptime(LEASE);
			measure(engine, Integer.parseInt(args[1]));
		}
		finally {
			FileSystemUtils.deleteRecursively(directory);
		}
		// Those that still wait do not.
		System.exit(0);
	}

	private static void measure(TestEngine engine, int count) throws Exception {
		ChildJvm holder = ChildJvm.start(ClusterWorker.class, engine.url(), "waiters", LEASE, Duration.ZERO)
			.awaitOutput("HELD");
		double[] alone = load(engine);
		CountDownLatch waiting = new CountDownLatch(count);
		CountDownLatch next = new CountDownLatch(1);
		for (int i = 0; i < count; i++) {
			Thread thread = new Thread(() -> {
				RecordingListener listener = new RecordingListener() {

					@Override
					public void waiting(String why) {
						waiting.countDown();
					}

				};
				ClusterLock.acquire(
						TestEngine.environment(Map.of("lockfile.cluster.url", engine.url(), "lockfile.cluster.name",
								"waiters", "lockfile.cluster.lease", LEASE.toMillis() + "ms")),
						"", Duration.ofMinutes(5), listener);
				next.countDown();
			});
			thread.setDaemon(true);
			thread.start();
		}
		waiting.await();
		double[] all = load(engine);
		long killed = System.nanoTime();
		holder.kill();
		next.await();
		System.out.printf(
				"%s, %d waiting: %.0f statements/s and %.1f %% of a core more than the holder alone; "
						+ "kill -9 until the next one holds: %d ms%n",
				engine, count, all[0] - alone[0], 100 * (all[1] - alone[1]),
				Duration.ofNanos(System.nanoTime() - killed).toMillis());
	}

	/**
	 * Returns statements and seconds of a processor, both per second.
	 */
	private static double[] load(TestEngine engine) throws IOException, InterruptedException {
		long start = System.nanoTime();
		double statements = engine.statements();
		double ticks = ticks(engine);
		Thread.sleep(20_000);
		double seconds = (System.nanoTime() - start) / 1e9;
		return new double[] { (engine.statements() - statements) / seconds,
				(ticks(engine) - ticks) / Double.parseDouble(Shell.run("getconf", "CLK_TCK")) / seconds };
	}

	private static double ticks(TestEngine engine) throws IOException {
		ProcessHandle server = ProcessHandle.of(engine.pid()).orElseThrow();
		double ticks = 0;
		for (ProcessHandle process : Stream.concat(Stream.of(server), server.descendants()).toList()) {
			String stat = Files.readString(Path.of("/proc/%d/stat".formatted(process.pid())));
			String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
			ticks += Double.parseDouble(fields[11]) + Double.parseDouble(fields[12]);
		}
		return ticks;
	}

}
