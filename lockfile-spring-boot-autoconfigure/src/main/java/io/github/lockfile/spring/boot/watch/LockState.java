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

import java.time.Instant;

import io.github.lockfile.Verification;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the locks of an application at one moment.
 *
 * @param lockFileHeld whether the lock file is held: it is neither lost nor released, and
 * verifications end in time. A doubt is no fault
 * @param verification the result of the last verification, or a doubt that there should
 * have been one since; at first, that the lock is held
 * @param repairs how many verifications have repaired the lock file
 * @param lastRepair the last of them: when, and what was wrong; {@code null} if there was
 * none
 * @param cluster the cluster lock; {@code null} if there is none
 * @since 0.1.0
 */
public record LockState(boolean lockFileHeld, Verification verification, long repairs,
		@Nullable Verification lastRepair, @Nullable Cluster cluster) {

	/**
	 * Returns whether this instance may believe that it is the only one.
	 * @return what {@link LockFileWatch#isHeld()} returned at that moment
	 */
	public boolean isHeld() {
		return this.lockFileHeld && (this.cluster == null || this.cluster.state().isHeld());
	}

	/**
	 * What is known of the cluster lock.
	 *
	 * @param name the name of the lock
	 * @param database the engine and where it is, without a secret
	 * @param state the state of the lock
	 * @param reason why, for people; empty if all is well
	 * @param since since when
	 */
	public record Cluster(String name, String database, ClusterLockEvent.State state, String reason, Instant since) {

	}

}
