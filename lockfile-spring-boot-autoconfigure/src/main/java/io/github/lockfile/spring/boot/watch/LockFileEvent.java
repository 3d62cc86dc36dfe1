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

package io.github.lockfile.spring.boot.watch;

import java.io.Serial;
import java.nio.file.Path;
import java.time.Instant;

import io.github.lockfile.Verification;

import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEvent;

/**
 * Something has happened to the lock file of the application. Published to the
 * application context that holds the lock and to its parents, in the order in which it
 * happened, on a thread that has nothing else to do: a listener that blocks delays later
 * events of the locks, but never a verification, a change of the availability, nor a
 * shutdown because the lock is lost.
 * <p>
 * What happens while the application starts is published once the context has been
 * refreshed, as listeners are not complete before; the log has it at once.
 *
 * @since 0.1.0
 */
public abstract sealed class LockFileEvent extends ApplicationEvent
		permits LockFileRestoredEvent, LockFileDoubtEvent, LockFileLostEvent {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * The lock file.
	 */
	private final String path;

	/**
	 * What this application recorded in the lock file.
	 */
	private final String content;

	/**
	 * What was found.
	 */
	private final String reason;

	/**
	 * When it was found.
	 */
	private final Instant time;

	LockFileEvent(ApplicationContext context, Path path, String content, Verification found) {
		super(context);
		this.path = path.toString();
		this.content = content;
		this.reason = found.reason();
		this.time = found.verifiedAt();
	}

	/**
	 * Returns the lock file.
	 * @return its absolute path
	 */
	public Path path() {
		return Path.of(this.path);
	}

	/**
	 * Returns what this application recorded in the lock file.
	 * @return the content; empty if the template is
	 */
	public String content() {
		return this.content;
	}

	/**
	 * Returns what was found.
	 * @return a sentence for people
	 */
	public String reason() {
		return this.reason;
	}

	/**
	 * Returns when it was found.
	 * @return the time, by the clock of the host
	 */
	public Instant time() {
		return this.time;
	}

}
