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

package io.github.lockfile;

import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.Outsider;
import io.github.lockfile.testsupport.Shell;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An interrupt closes a channel in use and so drops its locks, and so does the garbage
 * collector where nothing refers to the channel.
 */
@Tag("native")
class InterruptTests extends LockTestCase {

	private static final ContentTemplate TEMPLATE = ContentTemplate.of("{pid}");

	@Test
	void interruptsAtAnyMomentCostNothing() throws Exception {
		whileInterrupted(() -> {
			for (int i = 0; i < 5000; i++) {
				try (LockFile lock = LockFile.acquire(this.path, TEMPLATE)) {
					assertThat(lock.verify().status()).isEqualTo(Status.HELD);
				}
			}
		});
		assertThat(Outsider.isRefused(this.path)).isFalse();
		LockFile.acquire(this.path).close();
	}

	@Test
	void interruptsDuringRepairsCostNothing() throws Exception {
		try (LockFile lock = LockFile.acquire(this.path)) {
			for (int i = 0; i < 20; i++) {
				Shell.script((i % 2 == 0) ? "echo other > %s" : "rm %s", this.path);
				whileInterrupted(() -> assertThat(lock.verify().status()).isEqualTo(Status.RESTORED));
				assertThat(lock.verify().status()).isEqualTo(Status.HELD);
			}
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
		assertThat(this.path).content(StandardCharsets.UTF_8).isEqualTo(" " + ProcessHandle.current().pid() + "\n");
	}

	@Test
	void theInterruptIsKeptForTheCaller() throws Exception {
		FutureTask<Boolean> task = new FutureTask<>(() -> {
			Thread.currentThread().interrupt();
			try (LockFile lock = LockFile.acquire(this.path)) {
				return lock.verify().status() == Status.HELD && Thread.currentThread().isInterrupted();
			}
		});
		new Thread(task).start();
		assertThat(task.get()).isTrue();
	}

	@Test
	void aLockThatNothingRefersToIsNotCollected() {
		WeakReference<LockFile> reference = new WeakReference<>(LockFile.acquire(this.path));
		for (int i = 0; i < 10; i++) {
			System.gc();
		}
		assertThat(Outsider.isRefused(this.path)).isTrue();
		assertThat(reference.get()).as("so that this test tests something").isNull();
		synchronized (JvmLocks.MONITOR) {
			((HeldFile) Objects.requireNonNull(JvmLocks.held(this.path))).close();
		}
		assertThat(Outsider.isRefused(this.path)).isFalse();
	}

	private static void whileInterrupted(Runnable action) throws Exception {
		FutureTask<Void> task = new FutureTask<>(action, null);
		Thread victim = new Thread(task, "victim");
		AtomicBoolean done = new AtomicBoolean();
		Thread interrupter = new Thread(() -> {
			while (!done.get()) {
				victim.interrupt();
				Thread.onSpinWait();
			}
		}, "interrupter");
		victim.start();
		interrupter.start();
		try {
			task.get();
		}
		finally {
			done.set(true);
			interrupter.join();
		}
	}

}
