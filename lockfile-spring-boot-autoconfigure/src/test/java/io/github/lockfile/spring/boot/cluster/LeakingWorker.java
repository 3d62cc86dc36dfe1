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
import java.time.Duration;
import java.util.Map;

import io.github.lockfile.spring.boot.FullHeap;
import io.github.lockfile.spring.boot.watch.LockState;

/**
 * An instance that fills its heap when it is told to, and says what it believes then.
 */
final class LeakingWorker {

	private LeakingWorker() {
	}

	public static void main(String[] args) throws IOException {
		ClusterLock lock = ClusterLock.acquire(
				TestEngine.environment(Map.of("lockfile.cluster.url", args[0], "lockfile.cluster.name", args[1],
						"lockfile.cluster.lease", args[2])),
				Long.toString(ProcessHandle.current().pid()), Duration.ZERO, new Nobody());
		System.out.println("HELD");
		while (System.in.read() != -1) {
			if (System.in.available() == 0) {
				FullHeap.fill(Duration.ofSeconds(5));
				System.out.println("FREED");
				while (!lock.isHeld()) {
					Thread.onSpinWait();
				}
				System.out.println("AGAIN " + lock.state().state());
			}
		}
	}

	private static final class Nobody implements ClusterLockListener {

		@Override
		public void waiting(String why) {
		}

		@Override
		public void changed(LockState.Cluster now) {
		}

		@Override
		public void deadline(long leftNanos) {
		}

		@Override
		public void failed(Throwable failure) {
		}

	}

}
