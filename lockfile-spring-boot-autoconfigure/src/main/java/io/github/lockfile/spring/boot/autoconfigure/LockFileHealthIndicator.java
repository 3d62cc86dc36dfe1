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

package io.github.lockfile.spring.boot.autoconfigure;

import io.github.lockfile.LockFile;
import io.github.lockfile.Verification;
import io.github.lockfile.Verification.Status;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Reports DOWN once the lock is lost.
 */
final class LockFileHealthIndicator extends AbstractHealthIndicator {

	private final ObjectProvider<LockFile> lock;

	LockFileHealthIndicator(ObjectProvider<LockFile> lock) {
		super("Lock file health check failed");
		this.lock = lock;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		LockFile lock = this.lock.getIfAvailable();
		if (lock == null) {
			builder.unknown().withDetail("reason", "This application has not taken a lock");
			return;
		}
		Verification verification = lock.verify();
		boolean lost = verification.status() == Status.LOST || verification.status() == Status.RELEASED;
		(lost ? builder.down() : builder.up()).withDetail("path", lock.path().toString())
			.withDetail("content", lock.content())
			.withDetail("status", verification.status());
		if (!verification.reason().isEmpty()) {
			builder.withDetail("reason", verification.reason());
		}
	}

}
