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

package io.github.lockfile.spring.boot.task;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * A daemon thread that does the same again and again until it is told to end. Nothing
 * else ends it: whatever a round throws, an {@link Error} too, the next round comes. What
 * it does after a failure allocates nothing and loads no class, since the failure may be
 * a full heap or a JAR that has been overwritten.
 *
 * @since 0.1.0
 */
public final class EndlessTask {

	/**
	 * The shortest pause after a failure: a round without a pause of its own would fail
	 * again and again and keep a processor busy.
	 */
	private static final long PAUSE_AFTER_FAILURE = TimeUnit.MILLISECONDS.toNanos(50);

	private final long pause;

	private final Round round;

	private final Consumer<? super Throwable> onFailure;

	private final Thread thread;

	private @Nullable Class<?> reported;

	private volatile boolean due;

	private volatile boolean ended;

	/**
	 * Creates a task, with its thread. It does nothing before {@link #start()}.
	 * @param name the name of the thread
	 * @param pause the time before each round
	 * @param round what to do each time
	 * @param onFailure is told of a failure, but not of those of the same type that
	 * follow without a round that succeeds; may fail, and must not block
	 */
	public EndlessTask(String name, Duration pause, Round round, Consumer<? super Throwable> onFailure) {
		// Duration.toNanos() would throw for three centuries or more.
		this.pause = TimeUnit.NANOSECONDS.convert(pause);
		this.round = round;
		this.onFailure = onFailure;
		this.thread = new Thread(this::run, name);
		this.thread.setDaemon(true);
	}

	/**
	 * Starts the thread.
	 */
	public void start() {
		this.thread.start();
	}

	/**
	 * Has the next round come at once.
	 */
	public void hurry() {
		this.due = true;
		LockSupport.unpark(this.thread);
	}

	/**
	 * Ends the task after the round that it is in. It interrupts nothing.
	 */
	public void end() {
		this.ended = true;
		LockSupport.unpark(this.thread);
	}

	/**
	 * Returns whether rounds come.
	 * @return {@code false} once {@link #end()} has been called
	 */
	public boolean isRunning() {
		return !this.ended;
	}

	/**
	 * Waits for the end of the thread, unless this is the thread.
	 * @param patience how long to wait
	 * @return whether it has ended
	 * @throws InterruptedException if the waiting thread is interrupted
	 */
	public boolean awaitEnd(Duration patience) throws InterruptedException {
		if (Thread.currentThread() != this.thread) {
			this.thread.join(Math.max(1, patience.toMillis()));
		}
		return !this.thread.isAlive();
	}

	private void run() {
		boolean failed = false;
		while (!this.ended) {
			try {
				pause(failed ? Math.max(this.pause, PAUSE_AFTER_FAILURE) : this.pause);
				if (!this.ended) {
					failed = true;
					this.round.run();
					failed = false;
					this.reported = null;
				}
			}
			catch (Throwable ex) {
				report(ex);
			}
		}
	}

	private void pause(long nanos) {
		// An interrupted thread does not park, and a driver may refuse to connect for
		// it. To interrupt this one is no way to end it, so nothing is lost.
		Thread.interrupted();
		long start = System.nanoTime();
		for (long left = nanos; left > 0 && !this.due && !this.ended; left = nanos - (System.nanoTime() - start)) {
			LockSupport.parkNanos(this, left);
			Thread.interrupted();
		}
		this.due = false;
	}

	private void report(Throwable failure) {
		try {
			if (this.reported != failure.getClass()) {
				this.onFailure.accept(failure);
				this.reported = failure.getClass();
			}
		}
		catch (Throwable ex) {
			// What cannot be reported now is reported after the next failure.
		}
	}

	/**
	 * What an endless task does each time.
	 */
	@FunctionalInterface
	public interface Round {

		/**
		 * Does it once.
		 * @throws Exception if it fails, which ends nothing
		 */
		void run() throws Exception;

	}

}
