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
package io.github.lockfile.spring.boot.starter.benchmark;

import java.nio.file.Path;

import com.example.orders.OrdersApplication;
import io.github.lockfile.ContentTemplate;
import io.github.lockfile.LockFile;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.event.ApplicationContextInitializedEvent;
import org.springframework.context.ApplicationListener;

/**
 * The sample with its lock turned off and taken by hand at the same moment, with a clock
 * beside it.
 */
final class TimedOrders {

	private TimedOrders() {
	}

	public static void main(String[] args) {
		System.setProperty("lockfile.enabled", "false");
		SpringApplication application = new SpringApplication(OrdersApplication.class);
		application.addListeners((ApplicationListener<ApplicationContextInitializedEvent>) (event) -> {
			Path path = Path.of(event.getApplicationContext().getEnvironment().getRequiredProperty("lockfile.path"));
			long start = System.nanoTime();
			LockFile lock = LockFile.acquire(path, ContentTemplate.of("{pid};{hostname}"));
			System.out.println("Started " + (System.nanoTime() - start) / 1e6);
			lock.close();
		});
		application.run(args);
	}

}
