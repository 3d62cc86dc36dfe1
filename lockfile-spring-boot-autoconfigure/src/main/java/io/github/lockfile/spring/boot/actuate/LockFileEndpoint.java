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

import io.github.lockfile.LockFile;
import io.github.lockfile.Verification;
import io.github.lockfile.spring.boot.startup.ContextLocks;
import io.github.lockfile.spring.boot.watch.LockFileWatch;
import io.github.lockfile.spring.boot.watch.LockState;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/**
 * Endpoint that shows the lock file. What it shows is the result of the last
 * verification: it touches no file.
 *
 * @since 0.1.0
 */
@Endpoint(id = "lockfile")
public class LockFileEndpoint {

	private final BeanFactory beanFactory;

	/**
	 * Creates an endpoint.
	 * @param beanFactory the bean factory of the context whose lock is shown, or that of
	 * its parents
	 */
	public LockFileEndpoint(BeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	/**
	 * Shows the lock file.
	 * @return what is known of it; the status is {@code DISABLED} if no lock is taken
	 */
	@ReadOperation
	public LockFileDescriptor lockFile() {
		ContextLocks locks = ContextLocks.find(this.beanFactory);
		LockFile lock = (locks != null) ? locks.lockFile() : null;
		LockFileWatch watch = (locks != null) ? locks.watch() : null;
		return (lock != null && watch != null) ? new LockFileDescriptor(lock, watch.state())
				: new LockFileDescriptor(null, null);
	}

	/**
	 * What is known of the lock file. Of one moment.
	 */
	public static final class LockFileDescriptor implements OperationResponseBody {

		private final @Nullable LockFile lock;

		private final @Nullable LockState state;

		private LockFileDescriptor(@Nullable LockFile lock, @Nullable LockState state) {
			this.lock = lock;
			this.state = state;
		}

		/**
		 * Returns the lock file.
		 * @return its absolute path; not there if no lock is taken
		 */
		public @Nullable String getPath() {
			return (this.lock != null) ? this.lock.path().toString() : null;
		}

		/**
		 * Returns what this application recorded.
		 * @return the content; not there if no lock is taken
		 */
		public @Nullable String getContent() {
			return (this.lock != null) ? this.lock.content() : null;
		}

		/**
		 * Returns the state of the lock.
		 * @return {@code DISABLED}, or one of {@link Verification.Status}
		 */
		public String getStatus() {
			return (this.state != null) ? this.state.verification().status().name() : "DISABLED";
		}

		/**
		 * Returns what the last verification found.
		 * @return the reason, unless all is well
		 */
		public @Nullable String getReason() {
			if (this.state == null) {
				return "No lock has been taken, see 'lockfile.enabled'";
			}
			String reason = this.state.verification().reason();
			return reason.isEmpty() ? null : reason;
		}

		/**
		 * Returns when the lock was acquired.
		 * @return the time; not there if no lock is taken
		 */
		public @Nullable Instant getAcquiredAt() {
			return (this.lock != null) ? this.lock.acquiredAt() : null;
		}

		/**
		 * Returns when the last verification ended.
		 * @return the time; not there if no lock is taken
		 */
		public @Nullable Instant getVerifiedAt() {
			return (this.state != null) ? this.state.verification().verifiedAt() : null;
		}

		/**
		 * Returns the last repair.
		 * @return the repair; not there if nothing has been repaired
		 */
		public @Nullable RepairDescriptor getLastRepair() {
			Verification repair = (this.state != null) ? this.state.lastRepair() : null;
			return (repair != null) ? new RepairDescriptor(repair.verifiedAt(), repair.reason()) : null;
		}

		/**
		 * Returns whether the lock is a native one.
		 * @return whether it is
		 */
		public @Nullable Boolean getNativeLock() {
			return (this.lock != null) ? this.lock.isNative() : null;
		}

		/**
		 * Returns why the lock is not native.
		 * @return the reason; not there if it is
		 */
		public @Nullable String getWhyNotNative() {
			return (this.lock != null && !this.lock.isNative()) ? this.lock.whyNotNative() : null;
		}

		/**
		 * Returns the cluster lock.
		 * @return what is known of it; not there if none is taken
		 */
		public @Nullable ClusterLockDescriptor getCluster() {
			return (this.state != null) ? ClusterLockDescriptor.of(this.state) : null;
		}

	}

	/**
	 * A repair of the lock file.
	 *
	 * @param repairedAt when it was repaired
	 * @param reason what was wrong
	 */
	public record RepairDescriptor(Instant repairedAt, String reason) {

	}

}
