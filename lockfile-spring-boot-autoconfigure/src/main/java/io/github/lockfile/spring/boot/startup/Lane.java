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

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;

import io.github.lockfile.spring.boot.task.EndlessTask;

/**
 * A thread for what may hang or fail, because it runs code of the application: listeners
 * and logs. It does one thing after the other, and delays nobody but what is behind in
 * the same lane.
 */
final class Lane {

	/**
	 * If so much waits, somebody hangs, and whatever came after that would not be done,
	 * either.
	 */
	static final int CAPACITY = 1024;

	/**
	 * Allocated in advance, so that a full heap does not keep a loss from being told.
	 */
	private final BlockingQueue<Runnable> queue = new ArrayBlockingQueue<>(CAPACITY);

	private final EndlessTask task;

	private final Runnable end;

	Lane(String name, Consumer<? super Throwable> onFailure) {
		this.task = new EndlessTask(name, Duration.ZERO, () -> this.queue.take().run(), onFailure);
		this.end = this.task::end;
	}

	/**
	 * Starts the thread: not when it is first used, because it may be impossible then to
	 * start one.
	 */
	void start() {
		this.task.start();
	}

	/**
	 * Has something done once all is done that was given before.
	 * @param work what to do
	 * @return whether it will be done; otherwise, too much waits already
	 */
	boolean execute(Runnable work) {
		return this.queue.offer(work);
	}

	/**
	 * Ends the thread once all is done.
	 */
	void close() {
		if (!this.queue.offer(this.end)) {
			this.task.end();
		}
	}

	void awaitEnd(Duration patience) throws InterruptedException {
		this.task.awaitEnd(patience);
	}

}
