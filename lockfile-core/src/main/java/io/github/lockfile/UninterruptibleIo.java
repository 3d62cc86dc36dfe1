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

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Channel I/O that an interrupt of the calling thread cannot break. An interrupt closes a
 * {@link java.nio.channels.FileChannel} that the interrupted thread reads, writes or
 * measures (see {@link java.nio.channels.InterruptibleChannel}), and its locks go with
 * it.
 */
final class UninterruptibleIo {

	private UninterruptibleIo() {
	}

	/**
	 * Runs an action on a thread that nobody else can interrupt. The caller's interrupt
	 * is kept for the caller.
	 * @param action may use a channel that must stay open
	 * @return what the action returns
	 */
	static <T> T call(Action<T> action) throws IOException {
		FutureTask<T> task = new FutureTask<>(action::run);
		Thread thread = new Thread(task, "lockfile-io");
		thread.setDaemon(true);
		thread.start();
		boolean interrupted = false;
		try {
			while (true) {
				try {
					return task.get();
				}
				catch (InterruptedException ex) {
					interrupted = true;
				}
			}
		}
		catch (ExecutionException ex) {
			if (ex.getCause() instanceof IOException cause) {
				throw cause;
			}
			if (ex.getCause() instanceof RuntimeException cause) {
				throw cause;
			}
			throw new IllegalStateException(ex.getCause());
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	@FunctionalInterface
	interface Action<T> {

		T run() throws IOException;

	}

}
