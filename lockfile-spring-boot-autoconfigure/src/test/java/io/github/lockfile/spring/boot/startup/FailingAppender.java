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

import java.util.function.Predicate;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;

/**
 * A log on a full disk that says so.
 */
final class FailingAppender extends AppenderBase<ILoggingEvent> {

	private final Predicate<ILoggingEvent> fails;

	private final Throwable failure;

	FailingAppender(Predicate<ILoggingEvent> fails, Throwable failure) {
		this.fails = fails;
		this.failure = failure;
	}

	@Override
	public synchronized void doAppend(ILoggingEvent event) {
		if (this.fails.test(event)) {
			sneak(this.failure);
		}
	}

	@Override
	protected void append(ILoggingEvent event) {
	}

	@SuppressWarnings("unchecked")
	private static <T extends Throwable> void sneak(Throwable thrown) throws T {
		throw (T) thrown;
	}

}
