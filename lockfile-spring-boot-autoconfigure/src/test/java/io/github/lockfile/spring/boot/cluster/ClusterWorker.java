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

import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

import io.github.lockfile.spring.boot.FullHeap;
import io.github.lockfile.spring.boot.watch.ClusterLockEvent.State;
import io.github.lockfile.spring.boot.watch.LockState;

/**
 * An instance: takes the lock, prints what becomes of it, and tells a referee at which
 * moments it believes to hold it. Ends as one with 'on-lost=shutdown' does.
 */
final class ClusterWorker {

	private ClusterWorker() {
	}

	public static void main(String[] args) throws Exception {
		String url = args[0];
		String name = args[1];
		Duration lease = Duration.parse(args[2]);
		Duration timeout = Duration.parse(args[3]);
		int referee = (args.length > 4) ? Integer.parseInt(args[4]) : 0;
		try {
			ClusterLock lock = ClusterLock.acquire(
					TestEngine.environment(Map.of("lockfile.cluster.url", url, "lockfile.cluster.name", name,
							"lockfile.cluster.lease", lease.toMillis() + "ms")),
					Long.toString(ProcessHandle.current().pid()), timeout, new Printer());
			print("HELD");
			Thread input = new Thread(ClusterWorker::obey, "input");
			input.setDaemon(true);
			input.start();
			if (referee != 0) {
				tell(lock, referee, Integer.parseInt(args[5]));
			}
			input.join();
		}
		catch (ClusterLockException ex) {
			print(String.valueOf(ex.getMessage()));
			System.exit(ex.getExitCode());
		}
	}

	/**
	 * Fills the heap for half a lease at each line. Ends when whoever started it ends, or
	 * it would be left behind.
	 */
	private static void obey() {
		try {
			while (System.in.read() != -1) {
				FullHeap.fill(Duration.ofSeconds(3));
			}
		}
		catch (IOException ex) {
			// The end.
		}
		Runtime.getRuntime().halt(1);
	}

	private static void tell(ClusterLock lock, int referee, int id) throws IOException {
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), referee);
				DataOutputStream out = new DataOutputStream(socket.getOutputStream())) {
			socket.setTcpNoDelay(true);
			out.writeInt(id);
			while (true) {
				// Before it asks: what the clock says is never older than that.
				long now = System.nanoTime();
				try {
					// If it was stopped meanwhile, it is not known when it believed what.
					if (lock.isHeld() && System.nanoTime() - now < 1_000_000) {
						out.writeLong(now);
					}
				}
				catch (OutOfMemoryError ex) {
					// What it believes then is as if it had not been asked.
				}
				LockSupport.parkNanos(1_000_000);
			}
		}
	}

	private static void print(String line) {
		System.out.println(line);
		System.out.flush();
	}

	private static final class Printer implements ClusterLockListener {

		@Override
		public void waiting(String why) {
			print("WAITING " + why);
		}

		@Override
		public void changed(LockState.Cluster now) {
			try {
				print(now.state() + " " + now.reason());
			}
			finally {
				if (now.state() == State.LOST) {
					Runtime.getRuntime().halt(75);
				}
			}
		}

		@Override
		public void deadline(long leftNanos) {
			try {
				print("DEADLINE " + leftNanos / 1_000_000);
			}
			finally {
				Runtime.getRuntime().halt(75);
			}
		}

		@Override
		public void failed(Throwable failure) {
			print("FAILED " + failure);
		}

	}

}
