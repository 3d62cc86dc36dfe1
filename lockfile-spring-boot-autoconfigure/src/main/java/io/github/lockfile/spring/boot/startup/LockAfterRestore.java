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

import org.springframework.context.SmartLifecycle;

/**
 * Takes the locks when a process that was frozen at the end of the refresh is restored,
 * before anything else is started.
 */
final class LockAfterRestore implements SmartLifecycle {

	static final String BEAN_NAME = LockAfterRestore.class.getName();

	private final ContextLocks locks;

	private volatile boolean taken;

	LockAfterRestore(ContextLocks locks) {
		this.locks = locks;
	}

	@Override
	public void start() {
		this.locks.acquire();
		this.taken = true;
	}

	@Override
	public void stop() {
		// The lock is held until the context is closed, as any other.
	}

	@Override
	public boolean isRunning() {
		return this.taken;
	}

	@Override
	public int getPhase() {
		return Integer.MIN_VALUE;
	}

}
