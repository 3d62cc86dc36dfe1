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

package io.github.lockfile.spring.boot.cluster;

import io.github.lockfile.spring.boot.watch.LockState;

/**
 * Is told what happens, by the threads that keep the lock: hand anything that takes time
 * over to another thread. What {@link #changed} or {@link #deadline} throws makes it be
 * told again later; what {@link #waiting} throws ends the acquisition. For the starter
 * itself, not for applications.
 *
 * @since 0.1.0
 */
public interface ClusterLockListener {

	/**
	 * The lock is being waited for.
	 * @param why a sentence for people, without a period
	 */
	void waiting(String why);

	/**
	 * The state has changed.
	 * @param now the state now
	 */
	void changed(LockState.Cluster now);

	/**
	 * The lock is fenced and nothing has helped: 5/6 of the lease are over. One that must
	 * not outlive its lease has to end now. Told again until the listener returns.
	 * @param leftNanos what is left of the lease; a number, since the heap may be full
	 */
	void deadline(long leftNanos);

	/**
	 * A thread that keeps the lock has failed, and goes on.
	 * @param failure what it threw
	 */
	void failed(Throwable failure);

}
