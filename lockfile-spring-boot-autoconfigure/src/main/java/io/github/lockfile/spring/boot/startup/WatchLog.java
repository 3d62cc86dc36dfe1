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
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Logs what becomes of the locks, on a thread of its own: a log that hangs or throws (a
 * full disk, a pipe that nobody reads) must not stop the thread that has something to
 * say.
 */
final class WatchLog {

	private static final Log logger = LogFactory.getLog(WatchLog.class);

	private final Lane lane = new Lane("lockfile-log", (failure) -> {
		// There is no other place to report it.
	});

	void start() {
		this.lane.start();
	}

	void close() {
		this.lane.close();
	}

	void awaitEnd(Duration patience) throws InterruptedException {
		this.lane.awaitEnd(patience);
	}

	/**
	 * Has something done on this thread that may take a while, too.
	 * @return whether it will be done; otherwise, too much waits already
	 */
	boolean execute(Runnable work) {
		return this.lane.execute(work);
	}

	void awaitWritten(CountDownLatch written) {
		this.lane.execute(written::countDown);
	}

	/**
	 * Logs on the thread that asks for it: only for what is executed here already. Even
	 * the question whether it is to be logged runs code of the application, a filter.
	 */
	void traceNow(Supplier<String> message) {
		if (logger.isTraceEnabled()) {
			logger.trace(message.get());
		}
	}

	void debug(Supplier<String> message) {
		this.lane.execute(() -> {
			if (logger.isDebugEnabled()) {
				logger.debug(message.get());
			}
		});
	}

	void info(String message) {
		this.lane.execute(() -> logger.info(message));
	}

	void warn(String message, @Nullable Throwable cause) {
		this.lane.execute(() -> logger.warn(message, cause));
	}

	/**
	 * Logs an error.
	 * @return whether it will be logged; otherwise, too much waits already
	 */
	boolean error(String message, @Nullable Throwable cause) {
		return this.lane.execute(() -> logger.error(message, cause));
	}

}
