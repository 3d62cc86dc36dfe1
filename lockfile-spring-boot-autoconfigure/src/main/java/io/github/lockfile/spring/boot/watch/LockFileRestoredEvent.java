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

import io.github.lockfile.Verification;

import org.springframework.context.ApplicationContext;

/**
 * The lock file was missing, replaced or changed, and has been repaired: the lock is
 * held. Until it was repaired another instance could have started.
 *
 * @since 0.1.0
 */
public final class LockFileRestoredEvent extends LockFileEvent {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * Creates an event. For the starter, and for tests of listeners.
	 * @param context the context that holds the lock
	 * @param path the absolute path of the lock file
	 * @param content what the application recorded in it
	 * @param found what the verification found
	 */
	public LockFileRestoredEvent(ApplicationContext context, Path path, String content, Verification found) {
		super(context, path, content, found);
	}

}
