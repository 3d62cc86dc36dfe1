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

import io.github.lockfile.LockFile;
import io.github.lockfile.Verification;

import org.springframework.context.ApplicationContext;

/**
 * Somebody else has the lock, and this application is no longer the only instance. This
 * is for good, and published once.
 *
 * @since 0.1.0
 */
public final class LockFileLostEvent extends LockFileEvent {

	@Serial
	private static final long serialVersionUID = 1L;

	LockFileLostEvent(ApplicationContext context, LockFile lock, Verification found) {
		super(context, lock, found);
	}

}
