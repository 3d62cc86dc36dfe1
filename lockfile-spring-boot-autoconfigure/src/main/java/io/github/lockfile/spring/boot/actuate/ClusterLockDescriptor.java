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

package io.github.lockfile.spring.boot.actuate;

import java.time.Instant;

import io.github.lockfile.spring.boot.watch.ClusterLockEvent;
import io.github.lockfile.spring.boot.watch.LockState;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the cluster lock.
 *
 * @param name the name of the lock
 * @param database the engine and where it is, without a secret
 * @param status the state of the lock, as {@link ClusterLockEvent.State} names it
 * @param reason why, unless the lock is held
 * @param since since when
 * @since 0.1.0
 */
public record ClusterLockDescriptor(String name, String database, String status, @Nullable String reason,
		Instant since) {

	static @Nullable ClusterLockDescriptor of(LockState state) {
		LockState.Cluster lock = state.cluster();
		return (lock == null) ? null : new ClusterLockDescriptor(lock.name(), lock.database(), lock.state().name(),
				lock.reason().isEmpty() ? null : lock.reason(), lock.since());
	}

}
